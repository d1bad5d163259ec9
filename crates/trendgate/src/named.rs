//! The names that values of an enum have in JSON, in messages and in Python.

/// Gives an enum its names, in one place: [`Display`](std::fmt::Display), JSON and its schema all have them from here. A name stays the
/// same from version to version of the program, whatever the variant is called in Rust.
macro_rules! named {
    ($enum:ident, $description:literal, { $($variant:ident $name:literal),* $(,)? }) => {
        impl $enum {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name, which stays the same from version to version of the program.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }

        impl std::fmt::Display for $enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl serde::Serialize for $enum {
            fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
                to.serialize_str(self.name())
            }
        }

        impl schemars::JsonSchema for $enum {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($enum).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "description": $description,
                    "type": "string",
                    "enum": [$($name),*],
                })
            }
        }
    };
}

pub(crate) use named;
