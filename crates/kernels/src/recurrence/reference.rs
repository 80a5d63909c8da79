//! Recurrent cells step by step in plain scalar code.

use super::{Cell, Recurrence, lives};
use crate::float::Float;

fn sigmoid<T: Float>(x: T) -> T {
    T::ONE / (T::ONE + (-x).exp())
}

/// `states`, `cells` and what is saved, `[batch, time, ...]`, of `gx [batch, time, columns]`,
/// `weight [units, columns]`, `h0 [batch, units]`, and `c0 [batch, units]` or the GRU's bias `[columns]`.
pub fn reference<T: Float>(
    problem: &Recurrence,
    [gx, weight, h0, extra]: [&[T]; 4],
    lengths: Option<&[i32]>,
) -> [Vec<T>; 3] {
    let Recurrence { cell, batch, time, units, .. } = *problem;
    let (columns, saved_columns) = (problem.columns(), problem.saved_columns());
    let mut states = vec![T::ZERO; batch * time * units];
    let mut cells = vec![T::ZERO; batch * time * problem.cell_units()];
    let mut saved = vec![T::ZERO; batch * time * saved_columns];
    for row in 0..batch {
        let mut h = h0[row * units..][..units].to_vec();
        let mut c =
            if cell == Cell::Lstm { extra[row * units..][..units].to_vec() } else { vec![] };
        for step in 0..time {
            let at = row * time + problem.times(step).0;
            if lives(lengths, row, problem.times(step).0) {
                let x = &gx[at * columns..][..columns];
                let product: Vec<T> = (0..columns)
                    .map(|j| (0..units).map(|k| h[k] * weight[k * columns + j]).sum())
                    .collect();
                let keep = &mut saved[at * saved_columns..][..saved_columns];
                for u in 0..units {
                    let a = |gate: usize| x[gate * units + u] + product[gate * units + u];
                    match cell {
                        Cell::RnnTanh => h[u] = a(0).tanh(),
                        Cell::RnnRelu => h[u] = a(0).maximum(T::ZERO),
                        Cell::Lstm => {
                            let [i, f, g, o] =
                                [sigmoid(a(0)), sigmoid(a(1)), a(2).tanh(), sigmoid(a(3))];
                            c[u] = f * c[u] + i * g;
                            h[u] = o * c[u].tanh();
                            for (gate, value) in [i, f, g, o].into_iter().enumerate() {
                                keep[gate * units + u] = value;
                            }
                        }
                        Cell::Gru => {
                            let b = |gate: usize| extra[gate * units + u];
                            let (r, z) = (sigmoid(a(0) + b(0)), sigmoid(a(1) + b(1)));
                            let q = product[2 * units + u] + b(2);
                            let n = (x[2 * units + u] + r * q).tanh();
                            h[u] = (T::ONE - z) * n + z * h[u];
                            for (gate, value) in [r, z, q, n].into_iter().enumerate() {
                                keep[gate * units + u] = value;
                            }
                        }
                    }
                }
            }
            states[at * units..][..units].copy_from_slice(&h);
            if cell == Cell::Lstm {
                cells[at * units..][..units].copy_from_slice(&c);
            }
        }
    }
    [states, cells, saved]
}

/// `dgx`, `dh0`, `dc0` and `dgh` of what [`reference`] computed, and the gradients of that.
// with dh the gradient of h after the step, and da the one before the activations:
// rnn:   da = dh f'(h),  dh' = da Wᵀ
// lstm:  dc += dh o (1 - tanh²c),  di = dc g,  df = dc c',  dg = dc i,  do = dh tanh(c),  dc' = dc f,  dh' = da Wᵀ
// gru:   dn = dh (1 - z),  dz = dh (h' - n),  dq = dan r,  dr = dan q,  dh' = dh z + dgh Wᵀ
pub fn reference_backward<T: Float>(
    problem: &Recurrence,
    [weight, states, cells, saved, h0, c0, dstates]: [&[T]; 7],
    [dcells, dsaved]: [Option<&[T]>; 2],
    lengths: Option<&[i32]>,
) -> [Vec<T>; 4] {
    let Recurrence { cell, batch, time, units, .. } = *problem;
    let (columns, saved_columns) = (problem.columns(), problem.saved_columns());
    let mut dgx = vec![T::ZERO; batch * time * columns];
    let mut dgh = vec![T::ZERO; batch * time * problem.hidden_columns()];
    let (mut dh0, mut dc0) =
        (vec![T::ZERO; batch * units], vec![T::ZERO; batch * problem.cell_units()]);
    for row in 0..batch {
        let (mut dh, mut dc) = (vec![T::ZERO; units], vec![T::ZERO; problem.cell_units()]);
        for step in (0..time).rev() {
            let (now, before) = problem.times(step);
            let at = row * time + now;
            for u in 0..units {
                dh[u] += dstates[at * units + u];
                if let (Cell::Lstm, Some(dcells)) = (cell, dcells) {
                    dc[u] += dcells[at * units + u];
                }
            }
            if !lives(lengths, row, now) {
                continue;
            }
            let from = |start: &[T], all: &[T], u: usize| match before {
                None => start[row * units + u],
                Some(before) => all[(row * time + before) * units + u],
            };
            let keep = |gate: usize, u: usize| saved[at * saved_columns + gate * units + u];
            let given = |gate: usize, u: usize| {
                dsaved.map_or(T::ZERO, |d| d[at * saved_columns + gate * units + u])
            };
            // The gradients of the products of the state.
            let mut da = vec![T::ZERO; columns];
            for u in 0..units {
                let slope = |y: T| y * (T::ONE - y);
                match cell {
                    Cell::RnnTanh | Cell::RnnRelu => {
                        let h = states[at * units + u];
                        let above = if h > T::ZERO { T::ONE } else { T::ZERO };
                        let slope = if cell == Cell::RnnTanh { T::ONE - h * h } else { above };
                        da[u] = dh[u] * slope;
                        dh[u] = T::ZERO;
                    }
                    Cell::Lstm => {
                        let [i, f, g, o] = [0, 1, 2, 3].map(|gate| keep(gate, u));
                        let t = cells[at * units + u].tanh();
                        dc[u] += dh[u] * o * (T::ONE - t * t);
                        da[u] = (dc[u] * g + given(0, u)) * slope(i);
                        da[units + u] = (dc[u] * from(c0, cells, u) + given(1, u)) * slope(f);
                        da[2 * units + u] = (dc[u] * i + given(2, u)) * (T::ONE - g * g);
                        da[3 * units + u] = (dh[u] * t + given(3, u)) * slope(o);
                        dc[u] *= f;
                        dh[u] = T::ZERO;
                    }
                    Cell::Gru => {
                        let [r, z, q, n] = [0, 1, 2, 3].map(|gate| keep(gate, u));
                        let dn = (dh[u] * (T::ONE - z) + given(3, u)) * (T::ONE - n * n);
                        da[u] = (dn * q + given(0, u)) * slope(r);
                        da[units + u] =
                            (dh[u] * (from(h0, states, u) - n) + given(1, u)) * slope(z);
                        da[2 * units + u] = dn * r + given(2, u);
                        dgx[at * columns + 2 * units + u] = dn;
                        dh[u] *= z;
                    }
                }
            }
            let shared = if cell == Cell::Gru { 2 * units } else { columns };
            dgx[at * columns..][..shared].copy_from_slice(&da[..shared]);
            if cell == Cell::Gru {
                dgh[at * columns..][..columns].copy_from_slice(&da);
            }
            for u in 0..units {
                dh[u] += (0..columns).map(|j| da[j] * weight[u * columns + j]).sum();
            }
        }
        dh0[row * units..][..units].copy_from_slice(&dh);
        dc0[row * problem.cell_units()..][..problem.cell_units()].copy_from_slice(&dc);
    }
    [dgx, dh0, dc0, dgh]
}
