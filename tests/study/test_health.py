"""The doctor says what it did not look at."""

from workbench.study.health import examine


def test_the_doctor_says_how_the_publishers_are_asked():
    assert "was not asked: workbench doctor --live does" in examine()
