from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.whole import test_whole as t

run_state_machine_as_test(
    t.Selection,
    settings=settings(
        max_examples=2500,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=(Phase.generate,),
    ),
)
