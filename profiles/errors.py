"""What can go wrong with profiles. `message` says what happened and what to do next; its texts are in .messages."""

from web.messages import MessageError


class ProfileError(MessageError):
    """The root of this app's errors."""


class SourceUnavailableError(ProfileError):
    """The profiles cannot be read now: nothing was uploaded yet, or the stored file is gone or damaged."""


class ImportRefusedError(ProfileError):
    """The file is not imported; the profiles of the upload before stay in use."""
