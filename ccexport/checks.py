"""System checks: each guards a rule of the settings that another part relies on. They run at every start."""

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from engine.outages import StorageUnavailableError
from engine.probe import try_storage

NEW_KEY = 'Make one: python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'


@register()
def queue_is_on_the_same_database(**kwargs: Any) -> list[CheckMessage]:
    if settings.Q_CLUSTER.get("orm") == "default":
        return []
    return [
        Error(
            'Q_CLUSTER["orm"] is not "default": a run and its message would no longer commit together.',
            hint='Set Q_CLUSTER["orm"] = "default". For more throughput start more workers on the same database.',
            id="ccexport.E001",
        )
    ]


@register(Tags.security)
def encryption_keys_are_keys(**kwargs: Any) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    for position, key in enumerate(settings.FIELD_ENCRYPTION_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            messages.append(
                Error(
                    f"FIELD_ENCRYPTION_KEYS: number {position} is not a Fernet key (32 bytes, URL-safe base64).",
                    hint=NEW_KEY,
                    id="ccexport.E003",
                )
            )
    if settings.SECRET_KEY in settings.FIELD_ENCRYPTION_KEYS:
        messages.append(
            Error(
                "FIELD_ENCRYPTION_KEYS holds SECRET_KEY: whoever learns one would have both.",
                hint=NEW_KEY,
                id="ccexport.E004",
            )
        )
    return messages


@register()
def constant_contact_knows_us(**kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG or settings.CONSTANT_CONTACT_CLIENT_ID:
        return []
    return [
        Warning(
            "CONSTANT_CONTACT_CLIENT_ID is not set: nobody can connect an account.",
            hint=(
                "Create an application at app.constantcontact.com (API keys), with the redirect address "
                f"{settings.BASE_URL}/connections/oauth/callback/, and set CONSTANT_CONTACT_CLIENT_ID "
                "and CONSTANT_CONTACT_CLIENT_SECRET."
            ),
            id="ccexport.W001",
        )
    ]


@register(deploy=True)  # a question of how it is set up: not one for each command that somebody types
def messages_reach_people(**kwargs: Any) -> list[CheckMessage]:
    sends_mail = settings.EMAIL_BACKEND != "django.core.mail.backends.dummy.EmailBackend"
    if settings.DEBUG or sends_mail or settings.ALERT_URLS:
        return []
    return [
        Warning(
            "Neither EMAIL_URL nor ALERT_URLS is set: nobody is notified when an export fails.",
            hint="Set EMAIL_URL, for example smtp+tls://user:password@smtp.example.com:587, or ALERT_URLS.",
            id="ccexport.W002",
        )
    ]


@register(deploy=True)
def storage_works(**kwargs: Any) -> list[CheckMessage]:
    try:
        try_storage()
    except Exception as error:  # an address or a library that is none: said here, and not by a traceback
        known = error if isinstance(error, StorageUnavailableError) else StorageUnavailableError(type(error).__name__)
        if known.is_full:
            full = f"Nothing can be stored, because a disk is full ({known.detail})."
            hint = "Make room in the file storage (STORAGE_URL) and on the disk of VAR_DIR."
            return [Error(full, hint=hint, id="ccexport.E011")]
        return [
            Error(
                f"A file can't be written, read and deleted in the file storage or under VAR_DIR ({known.detail}).",
                hint="Check STORAGE_URL: address, bucket, key and the rights to list, read, write and delete; or "
                "whether its folder is mounted. Check that this user may write to VAR_DIR.",
                id="ccexport.E010",
            )
        ]
    return []
