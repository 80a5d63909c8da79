//! Damaged files of each kind: a picture or an error with a code, and no more memory than allowed.

use std::path::{Path, PathBuf};

use attune_data::image::{Kind, Limits, decode};
use attune_kernels::random::{Stream, key, site};
use attune_tensor::{Budget, Code};

/// Files of each kind, and how many damaged copies are made of them.
const COPIES: usize = 10_000;
/// Bytes that pictures of these files and their copies may take together with their decoding.
const MEMORY: usize = 8 << 20;

fn files(kind: Kind) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../__test__/golden/images");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| Kind::named(path) == Some(kind))
        .collect();
    found.sort();
    found
}

/// Bytes changed, left out, doubled, or cut off.
fn damaged(bytes: &[u8], stream: &mut Stream) -> Vec<u8> {
    let mut copy = bytes.to_vec();
    for _ in 0..=stream.bounded(4) {
        let at = stream.bounded(copy.len().max(1) as u32) as usize;
        match stream.bounded(8) {
            0 => copy.truncate(at),
            1 if at < copy.len() => drop(copy.remove(at)),
            2 => copy.insert(at, stream.next_u32() as u8),
            3 if at + 4 <= copy.len() => {
                let extreme = [0, 0xff, 0x7f, 0x80][stream.bounded(4) as usize];
                copy[at..at + 4].fill(extreme);
            }
            4 if at < copy.len() => {
                let end = (at + 1 + stream.bounded(40) as usize).min(copy.len());
                let part = copy[at..end].to_vec();
                copy.splice(at..at, part);
            }
            _ if at < copy.len() => copy[at] = stream.next_u32() as u8,
            _ => {}
        }
    }
    copy
}

fn survives(kind: Kind) {
    let limits = Limits { pixels: 1 << 18, ..Limits::default() };
    let budget = Budget::new(MEMORY);
    let files: Vec<Vec<u8>> = files(kind).iter().map(|path| std::fs::read(path).unwrap()).collect();
    let mut stream = Stream::new(key(11, site(kind.name())));
    let (mut pictures, mut corrupt, mut unfit) = (0, 0, 0);
    for copy in 0..COPIES {
        let bytes = damaged(&files[copy % files.len()], &mut stream);
        match decode(&bytes, 3, true, &limits, &budget) {
            Ok(picture) => {
                assert_eq!(picture.pixels.len(), picture.height * picture.width * 3);
                pictures += 1;
            }
            Err(error) => match error.code {
                Code::Corrupt => corrupt += 1,
                Code::Data | Code::Memory => unfit += 1,
                other => panic!("{other:?}: {error}"),
            },
        }
        assert_eq!(budget.used(), 0);
    }
    eprintln!(
        "{}: {COPIES} copies: {pictures} pictures, {corrupt} corrupt, {unfit} unfit",
        kind.name()
    );
    assert!(pictures > 0 && corrupt > COPIES / 10);
}

#[test]
fn ten_thousand_damaged_files_of_each_kind_are_pictures_or_errors() {
    for kind in [Kind::Png, Kind::Jpeg, Kind::WebP, Kind::Bmp, Kind::Gif] {
        survives(kind);
    }
}
