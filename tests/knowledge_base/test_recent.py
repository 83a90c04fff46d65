from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from knowledge_base.recent import Recent


def test_what_is_expected_stays_twice_over_and_the_oldest_use_goes_first() -> None:
    kept: Recent[int, int] = Recent()
    kept.expect(1000)
    for number in range(2500):
        kept.put(number, number)
    kept.get(0)

    kept.put(2500, 2500)

    assert len(kept) == 2500
    assert kept.get(0) == 0
    assert kept.get(1) is None
    assert kept.get(2500) == 2500


def test_several_threads_may_use_it() -> None:
    kept: Recent[int, int] = Recent()

    def use(start: int) -> bool:
        for number in range(start, start + 2000):
            kept.put(number, number)
            if kept.get(number) not in (None, number):
                return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(use, range(0, 8000, 1000)))
    assert len(kept) == 500
