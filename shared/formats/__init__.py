"""Formats that a machine can check, one module for each: numbers, codes and what a form may say.

Every function is pure. A check answers with a bool; whoever asks says which rule it decides.
`rehearsal` admits what exists only in tests: the unassigned province prefix 89.
"""
