//! One pass over a parameter range and its slots, with the rule applied to a vector at a time.

use attune_kernels::{Isa, Kernel, Simd, dispatch_on};

/// An update of one vector of elements: new weights and new slots from the old ones.
pub(crate) trait Elementwise<const N: usize> {
    /// `#[inline(always)]`.
    fn lanes<S: Simd>(
        &self,
        s: S,
        w: S::F32,
        g: S::F32,
        slots: [S::F32; N],
    ) -> (S::F32, [S::F32; N]);
}

struct Sweep<'a, R, const N: usize> {
    rule: R,
    w: &'a mut [f32],
    g: &'a [f32],
    slots: [*mut f32; N],
}

/// Applies `rule` to every element of `w`.
pub(crate) fn sweep<const N: usize>(
    isa: Isa,
    rule: impl Elementwise<N>,
    w: &mut [f32],
    g: &[f32],
    slots: &mut [&mut [f32]],
) {
    assert_eq!(g.len(), w.len(), "the gradient's length is the parameter's");
    assert_eq!(slots.len(), N, "one buffer per slot");
    assert!(slots.iter().all(|slot| slot.len() == w.len()), "a slot's length is the parameter's");
    let slots = std::array::from_fn(|k| slots[k].as_mut_ptr());
    dispatch_on(isa, Sweep { rule, w, g, slots });
}

impl<R: Elementwise<N>, const N: usize> Kernel for Sweep<'_, R, N> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Sweep { rule, w, g, slots } = self;
        let len = w.len();
        let (w, g) = (w.as_mut_ptr(), g.as_ptr());
        let whole = len - len % S::LANES;
        for i in (0..whole).step_by(S::LANES) {
            // SAFETY: i + LANES <= len, the length of every slice.
            unsafe {
                let old = slots.map(|slot| s.load(slot.add(i)));
                let (new_w, new) = rule.lanes(s, s.load(w.add(i)), s.load(g.add(i)), old);
                s.store(w.add(i), new_w);
                for k in 0..N {
                    s.store(slots[k].add(i), new[k]);
                }
            }
        }
        let rest = len - whole;
        if rest > 0 {
            // SAFETY: whole + rest == len, the length of every slice.
            unsafe {
                let old = slots.map(|slot| s.load_partial(slot.add(whole), rest));
                let w = w.add(whole);
                let g = s.load_partial(g.add(whole), rest);
                let (new_w, new) = rule.lanes(s, s.load_partial(w, rest), g, old);
                s.store_partial(w, new_w, rest);
                for k in 0..N {
                    s.store_partial(slots[k].add(whole), new[k], rest);
                }
            }
        }
    }
}
