"""The fields that may be asked of X, as its descriptions 2.166 and 2.167 list them, as far as a care client needs."""

_MEDIA = {"alt_text", "duration_ms", "height", "media_key", "preview_image_url", "type", "url", "variants", "width"}
USER_FIELDS = {"created_at", "id", "name", "profile_image_url", "public_metrics", "subscription_type", "username"}
_BOTH = {"attachments", "conversation_id", "created_at", "entities", "id", "lang", "text"}
FIELDS: dict[str, dict[str, set[str]]] = {
    "2.166": {
        "tweet.fields": _BOTH
        | {"author_id", "edit_history_tweet_ids", "in_reply_to_user_id", "note_tweet", "referenced_tweets"},
        "expansions": {"attachments.media_keys", "author_id", "edit_history_tweet_ids", "in_reply_to_user_id"},
        "user.fields": USER_FIELDS,
        "media.fields": _MEDIA,
    },
    "2.167": {
        "post.fields": _BOTH | {"note_post"},
        "expansions": {
            "attachments.media_keys", "author_id", "edit_history_post_ids", "in_reply_to_user_id", "referenced_posts",
        },
        "user.fields": USER_FIELDS,
        "media.fields": _MEDIA,
    },
}  # fmt: skip
DM_FIELDS = {
    "dm_event.fields": {"attachments", "created_at", "dm_conversation_id", "entities", "event_type", "id", "text"},
    "expansions": {"attachments.media_keys", "participant_ids", "sender_id"},
    "user.fields": USER_FIELDS,
    "media.fields": _MEDIA,
    "event_types": {"MessageCreate", "ParticipantsJoin", "ParticipantsLeave"},
}
