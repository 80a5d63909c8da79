//! The steps and their gradient against the reference, for every instruction set.

use super::*;
use crate::isa::Isa;
use crate::random::fill_uniform;
use crate::shared::Shared;

fn values(len: usize, name: &str) -> Vec<f32> {
    let mut values = vec![0.0; len];
    fill_uniform(3, name, -1.0, 1.0, &mut values);
    values
}

fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| x.into()).collect()
}

fn near(what: &str, got: &[f32], expected: &[f64]) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1.0, |a: f64, x| a.max(x.abs()));
    for (i, (&got, &expected)) in got.iter().zip(expected).enumerate() {
        let error = (f64::from(got) - expected).abs();
        assert!(error <= 4e-6 * scale, "{what}[{i}]: {got}, expected {expected}");
    }
}

fn packed(isa: Isa, panels: Panels, weight: &[f32]) -> Vec<f32> {
    let mut packed = vec![f32::NAN; panels.len(isa)];
    panels.pack(isa, weight, &mut packed);
    packed
}

struct Case {
    problem: Recurrence,
    lengths: Option<Vec<i32>>,
    /// `gx`, `weight`, `h0`, and `c0` or the bias.
    inputs: [Vec<f32>; 4],
}

impl Case {
    fn new(problem: Recurrence, lengths: Option<Vec<i32>>) -> Self {
        let Recurrence { cell, batch, time, units, .. } = problem;
        let columns = problem.columns();
        let extra = match cell {
            Cell::Lstm => batch * units,
            Cell::Gru => columns,
            _ => 0,
        };
        let inputs = [
            values(batch * time * columns, "gx"),
            values(units * columns, "weight").iter().map(|w| w * 0.5).collect(),
            values(batch * units, "h0"),
            values(extra, "extra"),
        ];
        Case { problem, lengths, inputs }
    }

    fn forward(&self, isa: Isa) -> [Vec<f32>; 3] {
        let Recurrence { batch, time, units, .. } = self.problem;
        let steps = batch * time;
        let mut states = vec![f32::NAN; steps * units];
        let mut cells = vec![f32::NAN; steps * self.problem.cell_units()];
        let mut saved = vec![f32::NAN; steps * self.problem.saved_columns()];
        let mut hidden = vec![f32::NAN; batch * units];
        let [gx, weight, h0, extra] = &self.inputs;
        let panels = packed(isa, self.problem.panels(), weight);
        let inputs = Inputs { gx, panels: &panels, h0, extra, lengths: self.lengths.as_deref() };
        let outputs = Outputs {
            states: Shared::new(&mut states),
            cells: Shared::new(&mut cells),
            saved: Shared::new(&mut saved),
            hidden: Shared::new(&mut hidden),
        };
        (0..self.problem.tiles()).for_each(|tile| self.problem.run_on(isa, tile, inputs, outputs));
        [states, cells, saved]
    }

    fn check(&self, isa: Isa, with: [bool; 2]) {
        let problem = self.problem;
        let what = format!("{isa:?} {problem:?} {:?}", self.lengths);
        let lengths = self.lengths.as_deref();
        let inputs = self.inputs.each_ref().map(|x| wide(x));
        let expected = reference(&problem, inputs.each_ref().map(|x| &x[..]), lengths);
        let outputs = self.forward(isa);
        for (name, (got, expected)) in
            ["states", "cells", "saved"].iter().zip(outputs.iter().zip(&expected))
        {
            near(&format!("{what} {name}"), got, expected);
        }
        let [_, weight, h0, extra] = &self.inputs;
        let c0 = &extra[..problem.batch * problem.cell_units()];
        let [states, cells, saved] = &outputs;
        let dstates = values(states.len(), "dstates");
        let dcells = with[0].then(|| values(cells.len(), "dcells"));
        let dsaved = with[1].then(|| values(saved.len(), "dsaved"));
        let sizes = [
            problem.batch * problem.time * problem.columns(),
            problem.batch * problem.units,
            problem.batch * problem.cell_units(),
            problem.batch * problem.time * problem.hidden_columns(),
        ];
        let mut got = sizes.map(|size| vec![f32::NAN; size]);
        let [dgx, dh0, dc0, dgh] = got.each_mut().map(|buffer| Shared::new(buffer));
        let panels = packed(isa, problem.transposed_panels(), weight);
        let given = Saved {
            panels: &panels,
            states,
            cells,
            saved,
            h0,
            c0,
            dstates: &dstates,
            dcells: dcells.as_deref(),
            dsaved: dsaved.as_deref(),
            lengths,
        };
        for tile in 0..problem.tiles() {
            problem.backward_on(isa, tile, given, Gradients { dgx, dh0, dc0, dgh });
        }
        let operands = [weight, states, cells, saved, h0, c0, &dstates].map(wide);
        let optional = [dcells, dsaved].map(|x| x.map(|x| wide(&x)));
        let expected = reference_backward(
            &problem,
            operands.each_ref().map(|x| &x[..]),
            optional.each_ref().map(|x| x.as_deref()),
            lengths,
        );
        for (name, (got, expected)) in
            ["dgx", "dh0", "dc0", "dgh"].iter().zip(got.iter().zip(&expected))
        {
            near(&format!("{what} {name}"), got, expected);
        }
    }
}

fn problem(cell: Cell, reverse: bool, [batch, time, units]: [usize; 3]) -> Recurrence {
    Recurrence { cell, reverse, batch, time, units }
}

#[test]
fn every_instruction_set_follows_the_reference() {
    for isa in Isa::available() {
        for cell in Cell::ALL {
            for (number, sizes) in
                [[1, 1, 1], [3, 4, 7], [2, 3, 8], [9, 2, 17], [19, 3, 33]].into_iter().enumerate()
            {
                let with = [number % 2 == 0, number % 3 == 0];
                Case::new(problem(cell, number % 2 == 1, sizes), None).check(isa, with);
            }
        }
    }
}

#[test]
fn sequences_of_their_own_lengths_follow_the_reference() {
    for isa in Isa::available() {
        for cell in Cell::ALL {
            for reverse in [false, true] {
                let lengths = vec![4, 0, 9, 2, -1];
                let case = Case::new(problem(cell, reverse, [5, 4, 9]), Some(lengths));
                case.check(isa, [true, reverse]);
            }
        }
    }
}

#[test]
fn a_sequence_with_a_length_equals_itself_cut_off_there() {
    for cell in Cell::ALL {
        for reverse in [false, true] {
            let long = Case::new(problem(cell, reverse, [1, 5, 6]), Some(vec![3]));
            let mut short = Case::new(problem(cell, reverse, [1, 3, 6]), None);
            short.inputs = long.inputs.clone();
            let (long, short) = (long.forward(Isa::current()), short.forward(Isa::current()));
            assert_eq!(long[0][..18], short[0], "{cell:?} {reverse}");
        }
    }
}

#[test]
fn empty_sizes_leave_the_gradient_of_the_first_state_zero() {
    for isa in Isa::available() {
        for cell in Cell::ALL {
            for sizes in [[0, 3, 4], [3, 0, 4], [3, 4, 0]] {
                Case::new(problem(cell, false, sizes), None).check(isa, [true, true]);
            }
        }
    }
}

#[test]
fn tiles_take_every_sequence_once() {
    for batch in [1, 7, 8, 16, 31, 64, 100, 513, 5000] {
        let problem = problem(Cell::Gru, false, [batch, 1, 1]);
        let rows: Vec<_> = (0..problem.tiles()).map(|tile| problem.rows(tile)).collect();
        let starts: Vec<usize> =
            rows.iter().scan(0, |next, row| Some(std::mem::replace(next, *next + row.1))).collect();
        assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), starts);
        assert_eq!(rows.iter().map(|row| row.1).sum::<usize>(), batch);
    }
}
