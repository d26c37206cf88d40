//! The checker against providers of hand-made messages: good ones pass, each rule refuses a bad one.

mod fake;
mod life;
