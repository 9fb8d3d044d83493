"""HL7 v2: what other hospital systems tell us, over MLLP.

server (bytes) → framing (frames) → intake (stored, applied once, answered) → parsing (pure) →
mapping (Wardbell's own verbs). docs/hl7.md says what is accepted and how it is read.
"""
