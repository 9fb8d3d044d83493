export { default as Collapse } from "bootstrap/js/src/collapse.js";
export { default as Dropdown } from "bootstrap/js/src/dropdown.js";
export { default as Modal } from "bootstrap/js/src/modal.js";
export { default as Offcanvas } from "bootstrap/js/src/offcanvas.js";
