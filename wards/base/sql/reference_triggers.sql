-- Have each change of a table of reference data that matters give them another version. Migration
-- 0018 of wards says of which tables, and which changes do not matter.
CREATE TRIGGER wards_reference_changed AFTER INSERT ON wards_/* table */
FOR EACH ROW /* inserted */ EXECUTE FUNCTION wards_reference_changed();
CREATE TRIGGER wards_reference_updated AFTER UPDATE ON wards_/* table */
FOR EACH ROW /* updated */ EXECUTE FUNCTION wards_reference_changed();
CREATE TRIGGER wards_reference_deleted AFTER DELETE ON wards_/* table */
FOR EACH ROW /* deleted */ EXECUTE FUNCTION wards_reference_changed();
CREATE TRIGGER wards_reference_emptied AFTER TRUNCATE ON wards_/* table */
FOR EACH STATEMENT EXECUTE FUNCTION wards_reference_changed();
