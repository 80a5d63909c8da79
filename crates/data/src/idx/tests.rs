//! Whole files, damaged ones, and the published Fashion-MNIST.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::shared_data::shared_data;

fn idx(sizes: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, sizes.len() as u8];
    bytes.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
    bytes.extend(elements);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn plain(bytes: &[u8], rank: usize) -> Result<(Shape, Buffer)> {
    decode(&mut &bytes[..], bytes.len() as u64, rank, &Budget::new(1 << 20))
}

fn zipped(bytes: &[u8], rank: usize) -> Result<(Shape, Buffer)> {
    let most = bytes.len() as u64 * DEFLATE_RATIO;
    decode(&mut MultiGzDecoder::new(bytes), most, rank, &Budget::new(1 << 20))
}

#[test]
fn plain_and_gzipped_files_hold_the_same() {
    let bytes = idx(&[2, 1, 3], &[1, 2, 3, 4, 5, 255]);
    for (shape, data) in [plain(&bytes, 3).unwrap(), zipped(&gzip(&bytes), 3).unwrap()] {
        assert_eq!(&*shape, [2, 1, 3]);
        assert_eq!(data.as_slice::<u8>(), [1, 2, 3, 4, 5, 255]);
    }
    assert_eq!(plain(&idx(&[0], &[]), 1).unwrap().1.len(), 0);
}

#[test]
fn files_whose_claims_and_bytes_differ_are_refused() {
    let labels = idx(&[3], &[1, 2, 3]);
    let cases = [
        ("empty", vec![]),
        ("only a magic number", labels[..4].to_vec()),
        ("one byte short", labels[..labels.len() - 1].to_vec()),
        ("one byte more", [&labels[..], &[0]].concat()),
        ("another rank", idx(&[3, 1], &[1, 2, 3])),
        ("another type", [&[0, 0, 13, 1], &labels[4..]].concat()),
        ("far more than the file holds", idx(&[u32::MAX], &[1, 2, 3])),
    ];
    for (what, bytes) in cases {
        for error in [plain(&bytes, 1).unwrap_err(), zipped(&gzip(&bytes), 1).unwrap_err()] {
            assert_eq!(error.code, Code::Corrupt, "{what}: {error}");
        }
    }
    let product = idx(&[u32::MAX; 3], &[]);
    assert_eq!(plain(&product, 3).unwrap_err().code, Code::Corrupt);
}

#[test]
fn a_damaged_gzip_is_refused_even_where_only_its_checksum_tells() {
    let whole = gzip(&idx(&[3], &[1, 2, 3]));
    let mut checksum = whole.clone();
    checksum[whole.len() - 8] ^= 1;
    for bytes in [&whole[..whole.len() - 1], &whole[..8], &checksum, &[&whole[..], b"x"].concat()] {
        let error = zipped(bytes, 1).unwrap_err();
        assert_eq!(error.code, Code::Corrupt, "{error}");
    }
}

#[test]
fn a_file_beyond_the_budget_is_refused() {
    let bytes = idx(&[100], &[0; 100]);
    let error = decode(&mut &bytes[..], 108, 1, &Budget::new(99)).unwrap_err();
    assert_eq!(error.code, Code::Memory);
}

#[test]
fn a_missing_file_is_named_with_both_of_its_names() {
    let error = mnist(Path::new("no/folder"), Part::Test, &Budget::new(1)).unwrap_err();
    assert_eq!(error.code, Code::Io);
    assert!(error.message.contains("no/folder: expected the file t10k-images-idx3-ubyte.gz or"));
    let error = read_idx(Path::new("no/x"), Path::new("no/y"), &Budget::new(1)).unwrap_err();
    assert_eq!(error.code, Code::Io);
    assert!(error.message.starts_with("no/x: could not read it"), "{error}");
}

#[test]
fn fashion_mnist_is_read_whole() {
    let Some(root) = shared_data("fashion-mnist") else { return };
    let budget = Budget::new(64 << 20);
    // Sums over the published files; 6,000 and 1,000 samples of each class.
    for (part, len, mean) in [(Part::Train, 60_000, 72.940_35), (Part::Test, 10_000, 73.146_56)] {
        let data = mnist(&root, part, &budget).unwrap();
        assert_eq!(data.len(), len);
        assert_eq!(&**data.column("x").unwrap().shape(), [28, 28, 1]);
        assert!((data.statistics("x").unwrap().mean - mean).abs() < 1e-4);
        data.check_labels("y", 10).unwrap();
        let labels = data.column("y").unwrap();
        for class in 0..10 {
            let count = labels.data().as_slice::<i32>().iter().filter(|&&y| y == class).count();
            assert_eq!(count, len / 10);
        }
    }
    let train = mnist(&root, Part::Train, &budget).unwrap();
    assert_eq!(train.column("y").unwrap().data().as_slice::<i32>()[..5], [9, 0, 0, 3, 0]);
    let first =
        train.column("x").unwrap().row(0).iter().map(|&pixel| u32::from(pixel)).sum::<u32>();
    assert_eq!(first, 76_247);
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(3), ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_never_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
        compressed: bool,
    ) {
        let whole = idx(&[2, 2, 2], &[9; 8]);
        let mut bytes = if compressed { gzip(&whole) } else { whole };
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let result = if compressed { zipped(&bytes, 3) } else { plain(&bytes, 3) };
        if let Err(error) = result {
            prop_assert!(matches!(error.code, Code::Corrupt | Code::Memory), "{error}");
        }
    }
}
