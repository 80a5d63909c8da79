//! What ops say of themselves: names, messages, and the refusal of what does not fit memory.

use attune_graph::{Op, TensorType, ops};
use attune_tensor::{Code, DType};
use proptest::prelude::*;

fn refusal(op: impl Into<Op>, inputs: &[TensorType]) -> (Code, String) {
    let error = op.into().infer(&inputs.iter().collect::<Vec<_>>()).expect_err("does not fit");
    (error.code, error.message)
}

fn float(shape: &[usize]) -> TensorType {
    TensorType::float(shape)
}

#[test]
fn an_op_has_one_name_in_json_and_in_messages() {
    for (name, samples) in Op::samples() {
        for sample in samples {
            let json = serde_json::to_value(&sample.op).expect("plain data");
            assert_eq!(json["op"], name);
            assert_eq!(serde_json::from_value::<Op>(json).expect("its own JSON"), sample.op);
        }
    }
}

#[test]
fn attributes_take_their_defaults_when_json_leaves_them_out() {
    let read = |json: &str| serde_json::from_str::<Op>(json).expect("an op");
    assert_eq!(read(r#"{"op": "matMul"}"#), ops::MatMul::default().into());
    assert_eq!(
        read(r#"{"op": "conv2d", "stride": [2, 2]}"#),
        ops::Conv2d { stride: [2, 2], ..Default::default() }.into()
    );
    let pool = ops::AvgPool2d {
        window: [2, 2],
        stride: [1, 1],
        padding: [[0; 2]; 2],
        count_include_pad: true,
    };
    assert_eq!(read(r#"{"op": "avgPool2d", "window": [2, 2], "stride": [1, 1]}"#), pool.into());
}

#[test]
fn a_message_says_what_came_what_was_expected_and_what_to_do() {
    let cases = [
        (
            refusal(ops::MatMul::default(), &[float(&[8, 64]), float(&[32, 64])]),
            "matMul of [8, 64] by [32, 64]: inner sizes 64 and 32 differ",
        ),
        (
            refusal(ops::Add {}, &[float(&[2, 3]), float(&[4])]),
            "add of [2, 3] and [4]: [2, 3] and [4] do not broadcast: sizes 3 and 4 differ and neither is 1",
        ),
        (
            refusal(ops::Conv2d::default(), &[float(&[1, 2, 2, 3]), float(&[3, 3, 3, 8])]),
            "conv2d of [1, 2, 2, 3] by [3, 3, 3, 8]: a window of height 3 does not fit 2 (an image of 2, padded by \
             0 and 0): use a smaller kernel or padding 'same'",
        ),
        (
            refusal(ops::Reshape { shape: vec![4, -1] }, &[float(&[2, 3])]),
            "reshape of [2, 3]: a shape of [4, -1] does not fit: 6 elements do not fill it",
        ),
        (
            refusal(ops::Exp {}, &[TensorType::new(DType::Int32, [3])]),
            "exp of int32[3]: int32 operands are not computed with: cast them to float32 first",
        ),
        (refusal(ops::Exp {}, &[]), "exp: 1 operand needed, 0 given"),
    ];
    for ((_, message), expected) in cases {
        assert_eq!(message, expected);
    }
}

#[test]
fn codes_tell_shapes_from_types_and_options() {
    let dtype = refusal(ops::Exp {}, &[TensorType::new(DType::Uint8, [3])]);
    let config = refusal(ops::Dropout { rate: 1.0, site: 0 }, &[float(&[3])]);
    let shape = refusal(ops::Softmax {}, &[float(&[])]);
    assert_eq!([dtype.0, config.0, shape.0], [Code::Dtype, Code::Config, Code::Shape]);
}

#[test]
fn no_op_accepts_a_tensor_larger_than_memory() {
    let half = 1usize << 32;
    let huge = [float(&[half, half]), float(&[0, half, half]), float(&[1; 9])];
    for (name, samples) in Op::samples() {
        for sample in samples {
            for huge in &huge {
                for index in 0..sample.inputs.len() {
                    let mut inputs = sample.inputs.clone();
                    inputs[index] = huge.clone();
                    let (code, message) = refusal(sample.op.clone(), &inputs);
                    assert_eq!(code, Code::Shape, "{name}: {message}");
                }
            }
        }
    }
}

/// Sizes that are often valid, and sometimes absurd.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![0..5usize, Just(1 << 20), Just(1 << 31), Just(usize::MAX)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn shape_rules_answer_any_shape_without_panic(
        which in any::<prop::sample::Index>(),
        shapes in prop::collection::vec(prop::collection::vec(size(), 0..6), 0..4),
    ) {
        let samples: Vec<Op> =
            Op::samples().into_iter().flat_map(|(_, list)| list).map(|sample| sample.op).collect();
        let types: Vec<TensorType> = shapes.iter().map(|shape| float(shape)).collect();
        let _ = which.get(&samples).infer(&types.iter().collect::<Vec<_>>());
    }

    #[test]
    fn shape_rules_answer_any_attribute_without_panic(
        numbers in prop::collection::vec(size(), 12),
        shapes in prop::collection::vec(prop::collection::vec(size(), 4), 2),
    ) {
        let pair = |i: usize| [numbers[i], numbers[i + 1]];
        let padding = [pair(2), pair(4)];
        let conv = ops::Conv2d { stride: pair(0), padding, dilation: pair(6), groups: numbers[8], ..ops::Conv2d::default() };
        let (window, stride) = (pair(9), pair(0));
        let pool = ops::AvgPool2d { window, stride, padding, count_include_pad: false };
        let [height, width] = pair(10);
        let list: Vec<Op> = vec![
            conv.into(),
            ops::Conv2dInputGradient { conv, height, width }.into(),
            ops::Conv2dWeightGradient { conv, kernel: window }.into(),
            ops::MaxPool2d { window, stride, padding }.into(),
            pool.into(),
            ops::AvgPool2dGradient { pool, height, width }.into(),
            ops::Slice { begin: numbers[..4].into(), end: numbers[4..8].into() }.into(),
            ops::Pad { before: numbers[..4].into(), after: numbers[4..8].into() }.into(),
            ops::Reshape { shape: numbers[..3].iter().map(|&n| n as i64).collect() }.into(),
            ops::BroadcastTo { shape: numbers[..5].into() }.into(),
            ops::Transpose { permutation: numbers[..4].into() }.into(),
            ops::ScatterAdd { rows: numbers[0] }.into(),
            ops::Sum { axes: vec![numbers[0] as i64, numbers[1] as i64], keep_dims: false }.into(),
            ops::Concat { axis: numbers[0] as i64 }.into(),
        ];
        let types: Vec<TensorType> = shapes.iter().map(|shape| float(shape)).collect();
        for op in list {
            let _ = op.infer(&types.iter().collect::<Vec<_>>());
            let _ = op.infer(&[&types[0]]);
        }
    }
}
