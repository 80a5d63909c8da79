//! Which element of an input belongs to a flat index of the iteration space.

use super::stage::MAX_AXES;

/// The map from flat index to element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// The same index.
    Direct,
    /// Always element 0.
    Scalar,
    /// `index % period`: a row broadcast over leading axes.
    Periodic { period: usize },
    /// `index / length`: a column broadcast over trailing axes.
    Blocked { length: usize },
    /// The index taken apart by `shape` (row-major, all of the space), times `strides`.
    Strided { shape: Vec<usize>, strides: Vec<usize> },
}

impl Access {
    /// The simplest access equal to reading a contiguous `from` broadcast to `to`; `None` if it
    /// does not broadcast.
    pub fn broadcast(from: &[usize], to: &[usize]) -> Option<Access> {
        let lead = to.len().checked_sub(from.len())?;
        let mut strides = vec![0; to.len()];
        let mut stride = 1;
        for axis in (0..from.len()).rev() {
            let size = from[axis];
            if size != to[lead + axis] && size != 1 {
                return None;
            }
            strides[lead + axis] = if size == 1 { 0 } else { stride };
            stride *= size;
        }
        Some(Access::strided(to, &strides))
    }

    /// The simplest access equal to `strides` over `shape`.
    pub fn strided(shape: &[usize], strides: &[usize]) -> Access {
        assert_eq!(shape.len(), strides.len());
        if shape.contains(&0) {
            return Access::Direct;
        }
        let mut axes: Vec<(usize, usize)> = Vec::new();
        for (&size, &stride) in shape.iter().zip(strides).filter(|(size, _)| **size != 1) {
            match axes.last_mut() {
                Some(outer) if outer.1 == stride * size => *outer = (outer.0 * size, stride),
                _ => axes.push((size, stride)),
            }
        }
        match axes[..] {
            [] | [(_, 0)] => Access::Scalar,
            [(_, 1)] => Access::Direct,
            [(_, 0), (period, 1)] => Access::Periodic { period },
            [(_, 1), (length, 0)] => Access::Blocked { length },
            _ => {
                let (shape, strides) = axes.into_iter().unzip();
                Access::Strided { shape, strides }
            }
        }
    }

    /// The element at a flat index.
    pub fn index(&self, index: usize) -> usize {
        match self {
            Access::Direct => index,
            Access::Scalar => 0,
            Access::Periodic { period } => index % period,
            Access::Blocked { length } => index / length,
            Access::Strided { shape, strides } => {
                let mut rest = index;
                let mut at = 0;
                for (size, stride) in shape.iter().zip(strides).rev() {
                    at += rest % size * stride;
                    rest /= size;
                }
                at
            }
        }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Access::Periodic { period: 0 } | Access::Blocked { length: 0 } => {
                Err(format!("{self:?}; expected a length of 1 or more"))
            }
            Access::Strided { shape, strides } => {
                if shape.len() != strides.len() {
                    Err(format!("{self:?}; expected as many strides as sizes"))
                } else if shape.is_empty() || shape.len() > MAX_AXES {
                    Err(format!("{self:?}; expected 1 to {MAX_AXES} axes"))
                } else if shape.contains(&0) {
                    Err(format!("{self:?}; expected no size of 0 (use Direct for an empty space)"))
                } else {
                    Ok(())
                }
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_finds_the_simplest_access() {
        let access = |from: &[usize], to: &[usize]| Access::broadcast(from, to);
        assert_eq!(access(&[4, 5], &[4, 5]), Some(Access::Direct));
        assert_eq!(access(&[], &[4, 5]), Some(Access::Scalar));
        assert_eq!(access(&[1, 1], &[4, 5]), Some(Access::Scalar));
        assert_eq!(access(&[5], &[3, 4, 5]), Some(Access::Periodic { period: 5 }));
        assert_eq!(access(&[4, 5], &[3, 4, 5]), Some(Access::Periodic { period: 20 }));
        assert_eq!(access(&[3, 1, 1], &[3, 4, 5]), Some(Access::Blocked { length: 20 }));
        assert_eq!(access(&[3, 4, 1], &[3, 4, 5]), Some(Access::Blocked { length: 5 }));
        assert_eq!(access(&[1, 4, 1, 5], &[1, 4, 1, 5]), Some(Access::Direct));
        let middle = Access::Strided { shape: vec![3, 4, 5], strides: vec![5, 0, 1] };
        assert_eq!(access(&[3, 1, 5], &[3, 4, 5]), Some(middle));
        assert_eq!(access(&[4], &[4, 5]), None);
        assert_eq!(access(&[2, 4, 5], &[4, 5]), None);
        assert_eq!(access(&[0, 1], &[0, 5]), Some(Access::Direct));
    }

    #[test]
    fn an_access_reads_what_the_axes_say() {
        let to = [2, 3, 4, 5];
        for mask in 0..16usize {
            let from: Vec<usize> =
                (0..4).map(|a| if mask >> a & 1 == 1 { to[a] } else { 1 }).collect();
            let access = Access::broadcast(&from, &to).unwrap();
            for index in 0..120 {
                let place = [index / 60, index / 20 % 3, index / 5 % 4, index % 5];
                let wanted = (0..4).fold(0, |at, a| at * from[a] + place[a].min(from[a] - 1));
                assert_eq!(access.index(index), wanted, "{from:?} at {index}: {access:?}");
            }
        }
    }
}
