"""A whole selection over a thousand fictional people, and what must come of it.

    fictional   identity numbers, credit codes, patents of a region that does not exist
    lives       what the file of a person says: work, certificates, awards, patents
    people      the nominations as other systems send them
    plan        who is who: the path of each, drawn from one seed
    expected    how many must be where in the end, counted over the plan and by nothing of ours
    stage       the hands: publishing, commands side by side, waiting, progress
    books       the calendar, who became which nomination, the tally
    nominating, judging, investigating, announcing
                the people, by what they do
    play        the selection itself, on running services
    telling     what came of it, in tables

The count knows neither the services nor their code, so that both can be wrong only independently.
"""
