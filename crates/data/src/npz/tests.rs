//! Archives as NumPy writes them, and as nobody should.

use std::collections::BTreeMap;
use std::path::Path;

use attune_tensor::npy::Values;

use super::*;

/// `numpy.savez(x=float64 [[0, 0.5], [1, 1.5], [2, 2.5]], y=int64 [0, 1, 2])` of NumPy 2.
const STORED: &[u8] = include_bytes!("cases/stored.npz");
/// The same by `numpy.savez_compressed`.
const DEFLATED: &[u8] = include_bytes!("cases/deflated.npz");

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("attune-npz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn place(file: &Path, member: Option<&str>) -> Place {
    Place { file: file.to_owned(), member: member.map(str::to_owned) }
}

fn budget() -> Budget {
    Budget::new(1 << 20)
}

#[test]
fn arrays_are_read_out_of_stored_and_deflated_archives() {
    for (name, bytes) in [("stored.npz", STORED), ("deflated.npz", DEFLATED)] {
        let path = file(name, bytes);
        for member in ["x", "x.npy"] {
            let held = read_array(&place(&path, Some(member)), &budget()).unwrap();
            assert_eq!(held.array.values, Values::F64(vec![0.0, 0.5, 1.0, 1.5, 2.0, 2.5]));
            assert_eq!(*held.array.shape, [3, 2]);
        }
        let columns = [("x", "x"), ("y", "y")]
            .map(|(column, member)| (column.to_owned(), place(&path, Some(member))));
        let samples = read_samples(&BTreeMap::from(columns), &budget()).unwrap();
        assert_eq!(samples.len(), 3);
        let x = samples.column("x").unwrap();
        assert_eq!(x.data().as_slice::<f32>(), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
        assert_eq!(samples.column("y").unwrap().data().as_slice::<i32>(), [0, 1, 2]);
    }
}

#[test]
fn memory_is_counted_while_an_array_lives() {
    let path = file("counted.npz", DEFLATED);
    let budget = budget();
    let held = read_array(&place(&path, Some("x")), &budget).unwrap();
    assert!(budget.used() >= 48);
    drop(held);
    assert_eq!(budget.used(), 0);
    let error = read_array(&place(&path, Some("x")), &Budget::new(40)).unwrap_err();
    assert_eq!(error.code, Code::Memory);
}

#[test]
fn what_is_asked_for_wrongly_is_answered_with_what_there_is() {
    let path = file("asked.npz", STORED);
    let error = read_array(&place(&path, Some("z")), &budget()).unwrap_err();
    assert_eq!(error.code, Code::Config);
    assert!(error.message.contains("x, y, came \"z\""), "{error}");
    let error = read_array(&place(&path, None), &budget()).unwrap_err();
    assert_eq!(error.code, Code::Config);
    assert!(error.message.contains("an archive of x, y"), "{error}");
    let error = read_array(&place(&path.with_file_name("absent"), None), &budget()).unwrap_err();
    assert_eq!(error.code, Code::Io);
    let folder = path.parent().unwrap();
    assert_eq!(read_array(&place(folder, Some("x")), &budget()).unwrap_err().code, Code::Io);
}

#[test]
fn archives_that_contradict_themselves_are_refused() {
    let sizes = |bytes: &[u8]| {
        let at = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        (at + 16, at + 20, at + 24, at + 42)
    };
    let changed = |bytes: &[u8], at: usize, value: u32| {
        let mut bytes = bytes.to_vec();
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        bytes
    };
    let (crc, packed, len, header) = sizes(DEFLATED);
    let cases: [(&str, Vec<u8>); 8] = [
        ("cut", DEFLATED[..DEFLATED.len() - 30].to_vec()),
        ("another sum", changed(DEFLATED, crc, 7)),
        ("packed too long", changed(DEFLATED, packed, 1 << 30)),
        ("a bomb", changed(DEFLATED, len, 1 << 30)),
        ("shorter than it is", changed(DEFLATED, len, 150)),
        ("another place", changed(DEFLATED, header, 3)),
        ("no archive", b"PK\x03\x04".to_vec()),
        ("empty", vec![]),
    ];
    for (name, bytes) in cases {
        let path = file("wrong.npz", &bytes);
        let error = read_array(&place(&path, Some("x")), &budget()).unwrap_err();
        assert_eq!(error.code, Code::Corrupt, "{name}: {error}");
    }
}

#[test]
fn numbers_that_do_not_fit_are_named() {
    let write = |values| {
        let path = file("wide.npy", b"");
        let shape = attune_tensor::Shape::new(vec![2]);
        npy::write(&path, &Array { shape, values }).unwrap();
        let columns = BTreeMap::from([("x".to_owned(), place(&path, None))]);
        read_samples(&columns, &budget()).unwrap_err()
    };
    let error = write(Values::I64(vec![1, 1 << 40]));
    assert_eq!(error.code, Code::Data);
    assert!(error.message.contains("element 1") && error.message.contains("1099511627776"));
    assert!(write(Values::F64(vec![1e300, 0.0])).message.contains("element 0"));
    assert_eq!(write(Values::F32(vec![0.0, f32::NAN])).code, Code::Data);
}
