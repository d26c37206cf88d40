//! Servers on loopback that tests share: a scripted Modal, a Lambda Runtime API.
