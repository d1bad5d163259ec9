"""A second program, as plain as can be, by the documents alone; and random plants on which the first is held against it.

Everything is brute force, each time one question asked of all rows. Nothing of the program is imported, and nothing was copied from
it: where both agree, they agree by the documents. What those leave open is taken from the program's behaviour, and said where it
stands.

| module | enters | leaves |
|---|---|---|
| `reading`, with `cells`, `clocks` | the bytes of a report | rows of instants and cells, and a count for every cell |
| `ledger` | the files of one run after the other | which reports the dataset is made of |
| `cleaning`, with `merging`, `rules` | reports | rows, flags, evidence, gaps |
| `plants`, with `sensors`, `writing` | a seed | a configuration, and what happens to a folder night by night |
| `trial` | a plant, the program | nothing, or the first difference |
"""
