"""Signing in through a provider of OpenID Connect. Nothing of it is there unless its settings are (OIDC_…)."""
