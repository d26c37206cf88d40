//! `default_tags` and `ignore_tags`.

use tf_framework::{Attribute, Block, Type};

use crate::tags;

pub(super) fn default_tags() -> Block {
    Block::list("Tags for every resource of this provider that has tags.").max_items(1).attribute(
        "tags",
        Attribute::new(
            Type::map(Type::String),
            "Tags by key. A resource's own tag of the same key wins. Also \
             `TF_AWS_DEFAULT_TAGS_<key>`, over which this wins.",
        )
        .validate(tags::validator()),
    )
}

pub(super) fn ignore_tags() -> Block {
    let list = |description: &str| Attribute::new(Type::set(Type::String), description);
    Block::list(
        "Tags that something else keeps on this provider's resources. They are neither shown, nor \
         set, nor taken off. One that a resource's `tags` has all the same is left as it is in AWS.",
    )
    .max_items(1)
    .attribute(
        "keys",
        list(
            "Keys of such tags, together with those in `TF_AWS_IGNORE_TAGS_KEYS`, which has commas \
             between them.",
        ),
    )
    .attribute(
        "key_prefixes",
        list(
            "Beginnings of such keys, together with those in `TF_AWS_IGNORE_TAGS_KEY_PREFIXES`, \
             which has commas between them.",
        ),
    )
}
