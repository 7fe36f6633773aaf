"""The keys of keyed hashes."""

from django.db import models

from .fields import EncryptedTextField


class HashKey(models.Model):
    """The key of one purpose, made once and kept for good: see encryption.hashing."""

    purpose = models.CharField(max_length=50, unique=True)
    secret = EncryptedTextField()

    def __str__(self) -> str:
        return self.purpose
