"""A second program, as plain as can be: reports in, the dataset out, by the documents alone.

`reading` reads one report, `cleaning` makes the dataset of many, `units` has the tables of docs/types.md, `plants` invents plants.
Everything is brute force, each time one question asked of all rows. Nothing of the program is imported, and nothing was copied
from it: where both agree, they agree by the documents. What those leave open is taken from the program's behaviour, and said where it stands.
"""
