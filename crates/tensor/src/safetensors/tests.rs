//! Round trips, foreign files, and every kind of file that must be refused.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::test_folder::{TestFolder, shared_data};

fn budget() -> Budget {
    Budget::new(64 << 20)
}

/// A file of the given header text and data.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

fn parse(bytes: &[u8]) -> Result<File> {
    read_from(&mut &bytes[..], bytes.len() as u64, &budget())
}

fn entry(name: &str, dtype: &str, shape: &str, begin: u64, end: u64) -> String {
    format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{begin},{end}]}}"#)
}

fn sample() -> Vec<u8> {
    let header = format!(
        r#"{{"__metadata__":{{"step":"3"}},{},{}}}"#,
        entry("a", "F32", "[2]", 0, 8),
        entry("b", "U8", "[3]", 8, 11)
    );
    file(&header, &[0, 0, 128, 63, 0, 0, 0, 192, 1, 2, 3])
}

#[test]
fn what_was_written_is_read_again() {
    let folder = TestFolder::new("safetensors-round");
    let path = folder.path("model.safetensors");
    let weights = [1.5f32, -2.0, f32::NAN, f32::INFINITY, 0.0, 7.0];
    let metadata: BTreeMap<_, _> =
        [("step", "12"), ("note", "\"quotes\"\n")].map(|(k, v)| (k.into(), v.into())).into();
    let tensors: [(&str, DType, &[usize], &[u8]); 5] = [
        ("pixels", DType::Uint8, &[3], &[1, 2, 255]),
        ("layers.0.weight", DType::Float32, &[2, 3], bytemuck::cast_slice(&weights)),
        ("labels", DType::Int32, &[1], bytemuck::cast_slice(&[-5i32])),
        ("empty", DType::Float32, &[0, 4], &[]),
        ("scalar \u{e9}/..\u{0}", DType::Float32, &[], bytemuck::cast_slice(&[9f32])),
    ];
    write(&path, tensors, &metadata).unwrap();
    let file = read(&path, &budget()).unwrap();
    assert_eq!(file.metadata, metadata);
    assert_eq!(file.tensors.len(), tensors.len());
    for (name, dtype, shape, bytes) in tensors {
        let tensor = file.tensors.iter().find(|tensor| tensor.name == name).unwrap();
        assert_eq!((tensor.dtype, &*tensor.shape), (dtype, shape), "{name}");
        assert_eq!(tensor.data.as_slice::<u8>(), bytes, "{name}");
    }
    assert_eq!(folder.names(), ["model.safetensors"]);
}

#[test]
fn equal_contents_give_equal_files_that_the_reference_reader_takes() {
    let folder = TestFolder::new("safetensors-equal");
    let metadata: BTreeMap<_, _> = (0..20).map(|i| (format!("key {i}"), i.to_string())).collect();
    let a: (&str, DType, &[usize], &[u8]) = ("a", DType::Uint8, &[1], &[1]);
    let b: (&str, DType, &[usize], &[u8]) = ("b", DType::Float32, &[1], &[0, 0, 128, 63]);
    let files = [("1", [a, b]), ("2", [b, a])].map(|(name, tensors)| {
        write(&folder.path(name), tensors, &metadata).unwrap();
        std::fs::read(folder.path(name)).unwrap()
    });
    assert_eq!(files[0], files[1]);
    let reference = ::safetensors::SafeTensors::deserialize(&files[0]).unwrap();
    assert_eq!(reference.tensor("b").unwrap().data(), b.3);
}

#[test]
fn foreign_element_types_become_ours_or_are_named() {
    let header = format!(
        "{{{},{},{},{}}}",
        entry("f64", "F64", "[1]", 0, 8),
        entry("f16", "F16", "[1]", 8, 10),
        entry("bf16", "BF16", "[1]", 10, 12),
        entry("bool", "BOOL", "[1]", 12, 13)
    );
    let mut data = 0.1f64.to_le_bytes().to_vec();
    data.extend([0x00, 0x3c, 0x80, 0x3f, 1]);
    let tensors = parse(&file(&header, &data)).unwrap().tensors;
    let floats: Vec<f32> = tensors[..3].iter().map(|t| t.data.as_slice::<f32>()[0]).collect();
    assert_eq!(floats, [0.1, 1.0, 1.0]);
    assert_eq!((tensors[3].dtype, tensors[3].data.as_slice::<u8>()), (DType::Uint8, &[1][..]));

    let error =
        parse(&file(&format!("{{{}}}", entry("n", "I64", "[1]", 0, 8)), &[0; 8])).unwrap_err();
    assert_eq!(error.code, Code::Dtype);
    assert!(
        error.message.contains("tensor \"n\"") && error.message.contains("came I64"),
        "{error}"
    );
}

#[test]
fn files_that_contradict_the_format_are_refused() {
    let one = |entry: String, data: &[u8]| file(&format!("{{{entry}}}"), data);
    let two = |a: String, b: String, data: &[u8]| file(&format!("{{{a},{b}}}"), data);
    let f32s = |name: &str, begin, end| entry(name, "F32", "[1]", begin, end);
    let ten = (0..10).map(|i| entry(&i.to_string(), "F32", "[4]", 0, 16)).collect::<Vec<_>>();
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(1000), "]".repeat(1000));
    let long = entry("a", "F32", &format!("[{}0]", "1,".repeat(100_000)), 0, 0);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty file", vec![]),
        ("seven bytes", vec![0; 7]),
        ("no header", 0u64.to_le_bytes().to_vec()),
        ("header over the limit", [&100_000_001u64.to_le_bytes()[..], b"{}"].concat()),
        ("header longer than the file", [&3u64.to_le_bytes()[..], b"{}"].concat()),
        ("length of all ones", [&[255; 8][..], b"{}"].concat()),
        ("not UTF-8", [&5u64.to_le_bytes()[..], b"{\"\xff\"}"].concat()),
        ("not JSON", file("{\"a\":", &[])),
        ("space before the brace", file(" {}", &[])),
        ("a list", file("[]", &[])),
        ("text after the object", file("{}x", &[])),
        ("a name twice", two(f32s("a", 0, 4), f32s("a", 0, 4), &[0; 4])),
        ("metadata twice", file(r#"{"__metadata__":{},"__metadata__":{}}"#, &[])),
        ("a metadata key twice", file(r#"{"__metadata__":{"a":"1","a":"2"}}"#, &[])),
        ("metadata not text", file(r#"{"__metadata__":{"a":1}}"#, &[])),
        ("offsets reversed", one(f32s("a", 4, 0), &[0; 4])),
        ("overlap", two(f32s("a", 0, 4), f32s("b", 0, 4), &[0; 4])),
        ("ten tensors on one range", file(&format!("{{{}}}", ten.join(",")), &[0; 16])),
        ("hole", two(f32s("a", 0, 4), f32s("b", 8, 12), &[0; 12])),
        ("hole at the start", one(f32s("a", 4, 8), &[0; 8])),
        ("bytes after the data", one(f32s("a", 0, 4), b"1234polyglot")),
        ("bytes without a tensor", file("{}", &[0])),
        ("two bytes short", one(f32s("a", 0, 4), &[0; 2])),
        ("size and shape differ", one(entry("a", "F32", "[2]", 0, 4), &[0; 4])),
        ("product overflows", one(entry("a", "F32", "[2,18446744073709551614]", 0, 4), &[0; 4])),
        ("bits overflow", one(entry("a", "F32", "[2,9223372036854775807]", 0, 4), &[0; 4])),
        ("unknown dtype", one(entry("a", "F33", "[1]", 0, 4), &[0; 4])),
        ("half a byte", one(entry("a", "F4", "[1]", 0, 1), &[0])),
        ("negative size", one(entry("a", "F32", "[-1]", 0, 4), &[0; 4])),
        ("fractional size", one(entry("a", "F32", "[1.5]", 0, 4), &[0; 4])),
        ("huge integer", one(entry("a", "F32", "[99999999999999999999]", 0, 4), &[0; 4])),
        ("depth bomb", file(&deep, &[])),
        ("axis bomb", file(&format!("{{{long}}}"), &[])),
    ];
    for (what, bytes) in cases {
        match parse(&bytes) {
            Ok(_) => panic!("accepted: {what}"),
            Err(error) => {
                assert_eq!(error.code, Code::Corrupt, "{what}: {error}");
                assert!(error.message.contains("expected") && error.message.contains("came"));
            }
        }
    }
}

#[test]
fn a_tensor_beyond_the_budget_is_refused_before_memory_is_taken() {
    let error = read_from(&mut &sample()[..], sample().len() as u64, &Budget::new(9)).unwrap_err();
    assert_eq!(error.code, Code::Memory);
    assert!(error.message.starts_with("tensor \"b\": "), "{error}");
}

#[test]
fn a_missing_file_is_an_io_error_that_names_it() {
    let error = read(Path::new("no/such.safetensors"), &budget()).unwrap_err();
    assert_eq!(error.code, Code::Io);
    assert!(error.message.starts_with("no/such.safetensors: could not read it"), "{error}");
}

#[test]
fn writing_a_name_twice_or_wrong_bytes_is_refused() {
    let folder = TestFolder::new("safetensors-refused");
    let path = folder.path("x");
    let one: (&str, DType, &[usize], &[u8]) = ("a", DType::Uint8, &[1], &[1]);
    assert_eq!(write(&path, [one, one], &BTreeMap::new()).unwrap_err().code, Code::Config);
    let short = ("a", DType::Float32, &[1][..], &[1u8][..]);
    assert_eq!(write(&path, [short], &BTreeMap::new()).unwrap_err().code, Code::Internal);
    assert!(folder.names().is_empty());
}

#[test]
fn files_of_other_programs_are_read() {
    let Some(folder) = shared_data("safetensors-cases") else { return };
    let cases: [(&str, DType, &[usize]); 4] = [
        ("tensor-1d-int32", DType::Int32, &[3]),
        ("tensor-2d-float64", DType::Float32, &[2, 3]),
        ("tensor-3d-float32", DType::Float32, &[2, 2, 3]),
        ("tensor-4d-float32", DType::Float32, &[2, 3, 1, 3]),
    ];
    for (name, dtype, shape) in cases {
        let file = read(&folder.join(format!("{name}.safetensors")), &budget()).unwrap();
        let [tensor] = &file.tensors[..] else { panic!("{name}: {:?}", file.tensors) };
        assert_eq!((tensor.dtype, &*tensor.shape), (dtype, shape), "{name}");
        assert_eq!(tensor.data.len(), tensor.shape.elements() * 4, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn damaged_files_never_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        shorten: bool,
    ) {
        let mut bytes = sample();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if shorten {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        if let Err(error) = parse(&bytes) {
            prop_assert!(matches!(error.code, Code::Corrupt | Code::Dtype), "{error}");
        }
    }

    #[test]
    fn arbitrary_headers_never_panic(header in "\\{(\"[a_]{1,3}\":(\\{\\}|\\[1,2\\]|1e9|\"x\"),?){0,4}\\}") {
        let _ = parse(&file(&header, &[0; 4]));
    }
}
