"""What a process does that only draws: plans come in, pictures go out, until nobody asks.

Both as pickles, over its standard input and output. Whatever a library prints goes to stderr.
"""

import os
import pickle
import sys
import traceback

from rdstats.charts.rendering import Picture, Plan, render, wake_up


def paint(version: str) -> None:
    """Draw what is asked for, with this version of Vega-Lite; an error is an answer, too."""
    questions = sys.stdin.buffer
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    wake_up(version)
    try:
        while True:
            plan: Plan = pickle.load(questions)  # noqa: S301 -- from the process that started this
            answer: Picture | Exception
            try:
                answer = render(plan)
            except Exception as error:
                error.add_note(traceback.format_exc())  # it does not travel by itself
                answer = error
            pickle.dump(answer, answers)
            answers.flush()
    except (EOFError, BrokenPipeError):  # nobody asks any more, or nobody listens
        os._exit(0)  # to unload V8 in good order takes its time
