def test_the_sandbox_starts_with_two_accounts_and_empty_lists(sandbox):
    assert sandbox.members(sandbox.newsletter) == []
