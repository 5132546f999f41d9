"""How well `gongjiang audit investigate` finds frauds: planted by what it cannot see, counted here.

    truth       what was planted, and what only looks as if
    cast        who may be used, each once
    papers, lives, units, edits, marks, objections
                the frauds and the look-alikes, by what they change
    generator   all of them, drawn from one seed, as a rehearsal's tamper
    running     the rehearsal on a real system, and the command as a user gives it
    matching    which finding is about what was planted
    counting    recall and precision with their intervals
    telling     the tables

    python -m tests.frauds --size 1000 --seeds 1 2 3

Nothing here is read by the detector or written after looking at it. What intake refuses at the door
cannot be planted, and is not: a patent that is no invention or whose check digit is wrong (S65), a
correction that nobody asked for (S31).
"""
