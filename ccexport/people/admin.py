"""Permissions: who works here, in which of the three roles. For administrators only."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminRadioSelectWidget

import audit_trail
from ccexport.roles import ADMINISTRATORS, CONTRIBUTORS, VIEWERS
from web.races import version

from .accounts import LastAdministratorError, give_role, lock_person, require_other_administrator, role_of
from .views import remove_view, warn_of_stopped_connections

# As the pages call them. Migrations compare what the class was made with, so they see nothing of it.
User._meta.verbose_name, User._meta.verbose_name_plural = _("person"), _("people")

ROLES = [
    (ADMINISTRATORS, _("Administrator: sets up connections, decides who may use them, manages everything")),
    (CONTRIBUTORS, _("Contributor: makes segments and exports on connections that are shared with them")),
    (VIEWERS, _("Viewer: looks at segments, exports and runs, changes nothing")),
]
ROLE_NAMES = {ADMINISTRATORS: _("Administrator"), CONTRIBUTORS: _("Contributor"), VIEWERS: _("Viewer")}


class RoleMixin(forms.ModelForm):
    """Adds the role to a form of a person."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLES, initial=VIEWERS, widget=UnfoldAdminRadioSelectWidget())


class PersonForm(RoleMixin):
    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "is_active")

    seen = forms.CharField(required=False, widget=forms.HiddenInput)  # which version the form was filled from

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("role", role_of(self.instance))
        self.initial["seen"] = person_version(self.instance)
        if settings.OIDC and SocialAccount.objects.filter(user=self.instance.pk).exists():
            help_text = gettext(
                "%(provider)s assigns this role at every sign-in: what you choose here lasts until then."
            )
            self.fields["role"].help_text = help_text % {"provider": settings.OIDC.name}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("seen") and cleaned["seen"] != person_version(lock_person(self.instance)):
            raise ValidationError(
                _("Somebody else changed this person in the meantime. Reload the page to see how it is now.")
            )
        stays = cleaned.get("is_active") and cleaned.get("role") == ADMINISTRATORS
        if not stays:
            try:
                require_other_administrator(self.instance)
            except LastAdministratorError as error:
                raise ValidationError(str(error)) from None
        return cleaned


def person_version(person: User) -> str:
    """Return what changes whenever somebody saves another name, role or state of a person."""
    shown = [person.username, person.first_name, person.last_name, person.email, person.is_active]
    return version(*shown, role_of(person))


class NewPersonForm(RoleMixin, UserCreationForm):
    class Meta(UserCreationForm.Meta):
        fields = ("username", "first_name", "last_name", "email")


class PasswordForm(AdminPasswordChangeForm):
    def save(self, commit: bool = True) -> Any:
        audit_trail.record(self.user, "password")
        return super().save(commit)


class RoleFilter(admin.SimpleListFilter):
    title = _("Role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(ROLE_NAMES.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


_WHO = ("username", "first_name", "last_name", "email", "role")


@admin.register(User)
class PeopleAdmin(UserAdmin, ModelAdmin):
    """A person has one role. People are deactivated, not deleted: consents and runs keep their names."""

    form = PersonForm
    add_form = NewPersonForm
    add_form_template = None
    change_password_form = PasswordForm
    list_display = ("username", "full_name", "email", "role", "state", "last_login")
    list_filter = (RoleFilter, "is_active")
    search_help_text = _("Search by name or email address")
    empty_value_display = "–"
    filter_horizontal = ()
    readonly_fields = ("set_password", "remove")
    fieldsets = ((None, {"fields": (*_WHO, "is_active", "set_password", "remove", "seen")}),)
    add_fieldsets = ((None, {"fields": (*_WHO, "password1", "password2")}),)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def get_urls(self) -> list[Any]:
        page = path("<int:pk>/remove/", self.admin_site.admin_view(remove_view), name="auth_user_remove")
        return [page, *super().get_urls()]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Once more when the database refuses: the form then sees the person who got the name a moment ago."""
        try:
            with transaction.atomic():
                return super().changeform_view(request, *args, **kwargs)
        except IntegrityError:
            return super().changeform_view(request, *args, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Of a person who exists, only what the form is about: password and last sign-in are others' to write."""
        obj.is_staff = True
        if change:
            obj.save(update_fields=[*PersonForm.Meta.fields, "is_staff"])
        else:
            super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        give_role(form.instance, form.cleaned_data["role"])
        warn_of_stopped_connections(request, form.instance)

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: Any = None) -> Any:
        """Back to the list: Django's own page of a user is filled in two steps, this one is complete."""
        return ModelAdmin.response_add(self, request, obj, post_url_continue)

    @display(description=_("Password"))
    def set_password(self, user: User) -> str:
        address = reverse("admin:auth_user_password_change", args=[user.pk])
        return format_html('<a class="cc-link" href="{}">{}</a>', address, gettext("Set a new password"))

    @display(description=_("Access"))
    def remove(self, user: User) -> str:
        if not user.is_active and not role_of(user):
            return gettext("Removed: they can't sign in.")
        address = reverse("admin:auth_user_remove", args=[user.pk])
        return format_html('<a class="cc-link" href="{}">{}</a>', address, gettext("Remove this person"))

    @display(description=_("Name"))
    def full_name(self, user: User) -> str:
        return user.get_full_name() or "–"

    @display(description=_("Role"), label={ADMINISTRATORS: "primary", CONTRIBUTORS: "info", VIEWERS: "neutral"})
    def role(self, user: User) -> tuple[str, Any]:
        role = role_of(user)
        return role, ROLE_NAMES.get(role, gettext("No role"))

    @display(description=_("Status"), ordering="is_active", label={"active": "success"})
    def state(self, user: User) -> tuple[str, Any]:
        return ("active", gettext("Active")) if user.is_active else ("inactive", gettext("Deactivated"))
