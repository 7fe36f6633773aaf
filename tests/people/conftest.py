import pytest


@pytest.fixture(autouse=True)
def _real_transactions(request):
    """Tokens are refreshed in transactions of their own: whatever runs an export needs real ones."""
    if "export" in request.fixturenames:
        request.getfixturevalue("transactional_db")
