from tests.whole import test_whole as t
from hypothesis import settings, HealthCheck, Phase
from hypothesis.stateful import run_state_machine_as_test

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
