"""The bot and the people, as the Bot API describes them."""

from __future__ import annotations

from tests.emulators.telegram_rules import Json

BOT_ID = 777
BOT: Json = {
    "id": BOT_ID,
    "is_bot": True,
    "first_name": "Incoming",
    "username": "incoming_test_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
    "can_connect_to_business": False,
    "has_main_web_app": False,
}
GROUP_ANONYMOUS_BOT: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}


def person(user: int, language: str = "zh-hans") -> Json:
    """Write a User object."""
    return {"id": user, "is_bot": False, "first_name": f"User {user}", "language_code": language}


def membership(user: Json, status: str) -> Json:
    """Write a ChatMember object."""
    rights = (
        "can_be_edited can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members"
        " can_promote_members can_change_info can_invite_users can_post_stories can_edit_stories can_delete_stories"
    )
    sending = (
        "can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos can_send_video_notes"
        " can_send_voice_notes can_send_polls can_send_other_messages can_add_web_page_previews can_change_info"
        " can_invite_users can_pin_messages can_manage_topics can_edit_tag is_member"
    )
    more: dict[str, Json] = {
        "creator": {"is_anonymous": False},
        "administrator": {"is_anonymous": False} | dict.fromkeys(rights.split(), True),
        "restricted": {"until_date": 0} | dict.fromkeys(sending.split(), False) | {"is_member": True},
        "kicked": {"until_date": 0},
    }
    return {"user": user, "status": status} | more.get(status, {})
