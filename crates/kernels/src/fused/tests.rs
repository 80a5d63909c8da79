//! Random programs against the reference, on every instruction set, cut anywhere, and in place.

use super::*;
use crate::random::{Stream, key};

/// A buffer of an element type, as floats and as the bytes that a program reads.
#[derive(Clone)]
struct Data {
    values: Vec<f32>,
    bytes: Vec<u8>,
}

impl Data {
    fn new(element: Element, values: Vec<f32>) -> Data {
        let bytes = values.iter().flat_map(|v| match element {
            Element::F32 => v.to_ne_bytes().to_vec(),
            Element::I32 => (*v as i32).to_ne_bytes().to_vec(),
            Element::U8 => vec![*v as u8],
        });
        Data { bytes: bytes.collect(), values }
    }
}

fn decode(element: Element, bytes: &[u8]) -> Vec<f32> {
    match element {
        Element::F32 => bytes.as_chunks().0.iter().map(|b| f32::from_ne_bytes(*b)).collect(),
        Element::I32 => bytes.as_chunks().0.iter().map(|b| i32::from_ne_bytes(*b) as f32).collect(),
        Element::U8 => bytes.iter().map(|b| f32::from(*b)).collect(),
    }
}

fn stored(element: Element, x: f32) -> f32 {
    match element {
        Element::F32 => x,
        Element::I32 => x.round_ties_even() as i32 as f32,
        Element::U8 => f32::from(x.round_ties_even() as u8),
    }
}

const DRAW: Draw = Draw { seed: 11, step: 5 };

/// Runs the range in the given pieces; `in_place` names an input that output 0 overwrites.
fn run(
    isa: Isa,
    program: &Fused,
    inputs: &[Data],
    cuts: &[usize],
    in_place: Option<usize>,
) -> Vec<Vec<f32>> {
    let total = *cuts.last().unwrap();
    let mut outputs: Vec<Vec<u8>> =
        program.outputs.iter().map(|(_, e)| vec![0xAB; total * e.bytes()]).collect();
    if let Some(i) = in_place {
        outputs[0].copy_from_slice(&inputs[i].bytes);
    }
    let to: Vec<*mut u8> = outputs.iter_mut().map(|o| o.as_mut_ptr()).collect();
    let mut from: Vec<*const u8> = inputs.iter().map(|i| i.bytes.as_ptr()).collect();
    if let Some(i) = in_place {
        from[i] = to[0].cast_const();
    }
    for piece in cuts.windows(2) {
        // SAFETY: every input holds what its access reaches, every output the whole space.
        unsafe { program.run_on(isa, &from, &to, piece[0], piece[1] - piece[0], DRAW) };
    }
    outputs.iter().zip(&program.outputs).map(|(bytes, (_, e))| decode(*e, bytes)).collect()
}

fn same(a: &[f32], b: &[f32]) -> Option<usize> {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).position(|(a, b)| a != b && !(a.is_nan() && b.is_nan()))
}

struct Case {
    program: Fused,
    inputs: Vec<Data>,
    cuts: Vec<usize>,
    in_place: Option<usize>,
}

fn random_access(g: &mut Stream, shape: [usize; 3]) -> (Access, usize) {
    let total: usize = shape.iter().product();
    match g.bounded(6) {
        0 | 1 => (Access::Direct, total),
        2 => (Access::Scalar, 1),
        3 => {
            let period = [1, 3, 10, 32, 500, 700, 1500][g.bounded(7) as usize];
            (Access::Periodic { period }, period)
        }
        4 => {
            let length = [1, 3, 10, 64, 1000][g.bounded(5) as usize];
            (Access::Blocked { length }, total.div_ceil(length))
        }
        _ => {
            let order = [[0, 1, 2], [2, 1, 0], [1, 0, 2]][g.bounded(3) as usize];
            let mut strides = [0; 3];
            let mut size = 1;
            for axis in order.into_iter().rev() {
                if g.bounded(3) > 0 {
                    strides[axis] = size;
                    size *= shape[axis];
                }
            }
            (Access::strided(&shape, &strides), size.max(total))
        }
    }
}

fn random_case(seed: u64, functions: &[Unary]) -> Case {
    let mut g = Stream::new(key(seed, 0));
    let sizes = [1, 2, 3, 7, 8, 9, 16, 17, 31];
    let shape: [usize; 3] = std::array::from_fn(|_| sizes[g.bounded(9) as usize]);
    let total: usize = shape.iter().product();
    let mut inputs = Vec::new();
    let mut data = Vec::new();
    for _ in 0..1 + g.bounded(4) {
        let element =
            [Element::F32, Element::F32, Element::I32, Element::U8][g.bounded(4) as usize];
        let (access, size) = random_access(&mut g, shape);
        let values = (0..size).map(|_| match element {
            Element::F32 => [f32::NAN, 0.0, -0.0, f32::INFINITY]
                .get(g.bounded(64) as usize)
                .copied()
                .unwrap_or(g.bounded(2000) as f32 / 250.0 - 4.0),
            Element::I32 => g.bounded(200) as f32 - 100.0,
            Element::U8 => g.bounded(256) as f32,
        });
        data.push(Data::new(element, values.collect()));
        inputs.push(Input { element, access });
    }
    let mut instructions = Vec::new();
    for _ in 0..g.bounded(9) {
        let known = (inputs.len() + instructions.len()) as u32;
        let any = |g: &mut Stream| g.bounded(known) as usize;
        let (a, b, c) = (any(&mut g), any(&mut g), any(&mut g));
        instructions.push(match g.bounded(8) {
            0 => Instruction::Constant(g.bounded(9) as f32 / 2.0 - 2.0),
            1 => Instruction::Select { mask: a, yes: b, no: c },
            2 => Instruction::Dropout { x: a, rate: g.bounded(5) as f32 / 4.0, site: seed },
            3 | 4 => Instruction::Unary(functions[g.bounded(functions.len() as u32) as usize], a),
            _ => Instruction::Binary(Binary::ALL[g.bounded(13) as usize], a, b),
        });
    }
    let known = inputs.len() + instructions.len();
    let outputs: Vec<_> = (0..1 + g.bounded(3))
        .map(|_| {
            let element =
                [Element::F32, Element::F32, Element::I32, Element::U8][g.bounded(4) as usize];
            let late = known - 1 - (g.bounded(3) as usize).min(known - 1);
            (late, element)
        })
        .collect();
    let in_place = inputs
        .iter()
        .position(|i| i.access == Access::Direct && i.element.bytes() == outputs[0].1.bytes());
    let mut cuts = vec![0, total];
    (0..g.bounded(4)).for_each(|_| cuts.push(g.bounded(total as u32 + 1) as usize));
    cuts.sort_unstable();
    let program = Fused::new(inputs, instructions, outputs).unwrap();
    Case { program, inputs: data, cuts, in_place }
}

const EXACT: [Unary; 9] = [
    Unary::Neg,
    Unary::Abs,
    Unary::Sqrt,
    Unary::Square,
    Unary::Reciprocal,
    Unary::Rsqrt,
    Unary::Relu,
    Unary::Sign,
    Unary::Floor,
];

#[test]
fn random_programs_equal_the_reference_bit_for_bit() {
    for seed in 0..1500 {
        let case = random_case(seed, &EXACT);
        let program = &case.program;
        let values: Vec<&[f32]> = case.inputs.iter().map(|i| &i.values[..]).collect();
        let total = *case.cuts.last().unwrap();
        let wanted = program.reference(&values, 0, total, DRAW);
        for isa in Isa::available() {
            for in_place in [None, case.in_place] {
                let got = run(isa, program, &case.inputs, &case.cuts, in_place);
                for ((got, wanted), (_, element)) in got.iter().zip(&wanted).zip(&program.outputs) {
                    let wanted: Vec<f32> = wanted.iter().map(|x| stored(*element, *x)).collect();
                    if let Some(i) = same(got, &wanted) {
                        panic!(
                            "seed {seed}, {isa:?}, in place {in_place:?}: element {i} is {}, not {}\n\
                             cuts {:?}\n{program:#?}",
                            got[i], wanted[i], case.cuts
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn fusing_instructions_changes_no_bit() {
    for seed in 0..300 {
        let case = random_case(seed, &Unary::ALL);
        let (program, total) = (&case.program, *case.cuts.last().unwrap());
        for isa in Isa::available() {
            let mut registers: Vec<Data> = Vec::new();
            for (input, data) in program.inputs.iter().zip(&case.inputs) {
                let copy = vec![input.clone()];
                let copy = Fused::new(copy, vec![], vec![(0, Element::F32)]).unwrap();
                let values =
                    run(isa, &copy, std::slice::from_ref(data), &[0, total], None).remove(0);
                registers.push(Data::new(Element::F32, values));
            }
            for instruction in &program.instructions {
                let whole = Input { element: Element::F32, access: Access::Direct };
                let inputs = vec![whole; registers.len()];
                let output = vec![(registers.len(), Element::F32)];
                let one = Fused::new(inputs, vec![*instruction], output).unwrap();
                let values = run(isa, &one, &registers, &[0, total], None).remove(0);
                registers.push(Data::new(Element::F32, values));
            }
            let fused = run(isa, program, &case.inputs, &case.cuts, None);
            for (got, (register, element)) in fused.iter().zip(&program.outputs) {
                let apart = &registers[*register].values;
                let apart: Vec<f32> = apart.iter().map(|x| stored(*element, *x)).collect();
                if let Some(i) = same(got, &apart) {
                    panic!("seed {seed}, {isa:?}: element {i} is {}, apart {}", got[i], apart[i]);
                }
            }
        }
    }
}

fn direct(n: usize) -> Vec<Input> {
    vec![Input { element: Element::F32, access: Access::Direct }; n]
}

#[test]
fn two_buffers_swap_in_place() {
    let program =
        Fused::new(direct(2), vec![], vec![(1, Element::F32), (0, Element::F32)]).unwrap();
    for isa in Isa::available() {
        let mut a: Vec<f32> = (0..2500).map(|i| i as f32).collect();
        let mut b: Vec<f32> = (0..2500).map(|i| -(i as f32)).collect();
        let (wanted_a, wanted_b) = (b.clone(), a.clone());
        let to = [a.as_mut_ptr().cast::<u8>(), b.as_mut_ptr().cast()];
        let from = to.map(|p| p.cast_const());
        // SAFETY: both buffers hold the range.
        unsafe { program.run_on(isa, &from, &to, 0, 2500, DRAW) };
        assert_eq!(a, wanted_a);
        assert_eq!(b, wanted_b);
    }
}

#[test]
fn nothing_outside_of_the_range_is_written() {
    let add = vec![Instruction::Binary(Binary::Add, 0, 0)];
    let program = Fused::new(direct(1), add, vec![(1, Element::F32)]).unwrap();
    for isa in Isa::available() {
        for (start, len) in [(0, 0), (3, 0), (3, 1), (5, 17), (0, 31), (7, 1040)] {
            let mut x = vec![1.0f32; 1100];
            let p = x.as_mut_ptr().cast::<u8>();
            // SAFETY: the buffer holds the range.
            unsafe { program.run_on(isa, &[p.cast_const()], &[p], start, len, DRAW) };
            for (i, x) in x.into_iter().enumerate() {
                let wanted = if (start..start + len).contains(&i) { 2.0 } else { 1.0 };
                assert_eq!(x, wanted, "{isa:?} {start} + {len} at {i}");
            }
        }
    }
}

#[test]
fn a_program_that_cannot_run_says_why() {
    let why =
        |inputs, instructions, outputs| Fused::new(inputs, instructions, outputs).unwrap_err();
    let later = why(direct(1), vec![Instruction::Unary(Unary::Exp, 1)], vec![]);
    assert!(later.contains("instruction 0") && later.contains("register 1"), "{later}");
    let drop = Instruction::Dropout { x: 0, rate: 1.5, site: 0 };
    assert!(why(direct(1), vec![drop], vec![]).contains("rate 1.5"));
    assert!(why(direct(1), vec![], vec![(1, Element::F32)]).contains("names register 1"));
    let zero = Input { element: Element::F32, access: Access::Periodic { period: 0 } };
    assert!(why(vec![zero], vec![], vec![]).contains("input 0"));
}
