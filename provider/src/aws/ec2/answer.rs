//! What EC2 answers, in XML.

use aws_smithy_types::error::metadata::ErrorMetadata;
use aws_smithy_xml::decode::{Document, ScopedDecoder, XmlDecodeError, try_data};

use super::Interface;

/// Some interfaces, and where the next begin.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub interfaces: Vec<Interface>,
    pub next: Option<String>,
}

/// Of `DescribeNetworkInterfacesResponse`.
pub(super) fn page(body: &[u8]) -> Result<Page, XmlDecodeError> {
    let mut document = Document::try_from(body)?;
    let mut root = document.root_element()?;
    let mut page = Page::default();
    while let Some(mut tag) = root.next_tag() {
        match tag.start_el().local() {
            "networkInterfaceSet" => {
                while let Some(mut item) = tag.next_tag() {
                    page.interfaces.push(interface(&mut item)?);
                }
            }
            "nextToken" => {
                let token = try_data(&mut tag)?.into_owned();
                page.next = Some(token).filter(|token| !token.is_empty());
            }
            _ => {}
        }
    }
    Ok(page)
}

fn interface(item: &mut ScopedDecoder<'_, '_>) -> Result<Interface, XmlDecodeError> {
    let mut found = Interface::default();
    while let Some(mut tag) = item.next_tag() {
        match tag.start_el().local() {
            "networkInterfaceId" => found.id = try_data(&mut tag)?.into_owned(),
            "subnetId" => found.subnet_id = try_data(&mut tag)?.into_owned(),
            "groupSet" => {
                while let Some(mut group) = tag.next_tag() {
                    while let Some(mut member) = group.next_tag() {
                        if member.start_el().local() == "groupId" {
                            found.group_ids.insert(try_data(&mut member)?.into_owned());
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Of a refusal: `Response`, `Errors`, `Error`, `Code` and `Message`.
pub(super) fn refusal(body: &[u8]) -> Result<ErrorMetadata, XmlDecodeError> {
    let mut document = Document::try_from(body)?;
    let mut root = document.root_element()?;
    let mut found = ErrorMetadata::builder();
    while let Some(mut errors) = root.next_tag() {
        if errors.start_el().local() != "Errors" {
            continue;
        }
        while let Some(mut error) = errors.next_tag() {
            while let Some(mut member) = error.next_tag() {
                found = match member.start_el().local() {
                    "Code" => found.code(try_data(&mut member)?),
                    "Message" => found.message(try_data(&mut member)?),
                    _ => found,
                };
            }
        }
    }
    Ok(found.build())
}
