//! Texts of many forms → what is found of each.
