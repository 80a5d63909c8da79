//! What ops demand of their operands: how many, of which element type and rank.

use attune_tensor::{Code, DType, Error, Result};

use crate::graph::TensorType;

/// The operands, if there are `N` of them.
pub fn operands<'a, const N: usize>(inputs: &[&'a TensorType]) -> Result<[&'a TensorType; N]> {
    inputs.try_into().map_err(|_| {
        Error::shape(format!(
            "{N} operand{} needed, {} given",
            if N == 1 { "" } else { "s" },
            inputs.len()
        ))
    })
}

/// Refuses operands of another element type than float32.
pub fn floats(inputs: &[&TensorType]) -> Result<()> {
    match inputs.iter().find(|input| input.dtype != DType::Float32) {
        Some(input) => Err(Error::new(
            Code::Dtype,
            format!("{} operands are not computed with: cast them to float32 first", input.dtype),
        )),
        None => Ok(()),
    }
}

/// Refuses an operand that is no int32.
pub fn indices(input: &TensorType, what: &str) -> Result<()> {
    if input.dtype == DType::Int32 {
        return Ok(());
    }
    Err(Error::new(
        Code::Dtype,
        format!("{what} must be int32, not {}: cast them to int32 first", input.dtype),
    ))
}

/// Refuses an operand of another rank; `form` names its axes, as in `[batch, height, width, channels]`.
pub fn rank(input: &TensorType, what: &str, form: &str) -> Result<()> {
    let wanted = form.split(',').count();
    if input.shape.rank() == wanted {
        return Ok(());
    }
    Err(Error::shape(format!(
        "{what} must have the {wanted} axes {form}, but {} has {}: reshape it",
        input.shape,
        input.shape.rank()
    )))
}

/// Refuses an operand of another shape.
pub fn shaped(input: &TensorType, what: &str, wanted: &[usize]) -> Result<()> {
    if *input.shape == *wanted {
        return Ok(());
    }
    let wanted = attune_tensor::Shape::from(wanted);
    Err(Error::shape(format!("{what} must be {wanted}, not {}", input.shape)))
}

/// An axis counted from the front (0, 1, ...) or the back (-1, -2, ...).
pub fn axis(axis: i64, rank: usize) -> Result<usize> {
    let resolved = if axis < 0 { axis.checked_add(rank as i64) } else { Some(axis) };
    resolved
        .and_then(|axis| usize::try_from(axis).ok())
        .filter(|&axis| axis < rank)
        .ok_or_else(|| Error::shape(format!("axis {axis} is not one of {rank} axes")))
}

/// The axes in ascending order, each at most once.
pub fn axes(list: &[i64], rank: usize) -> Result<Vec<usize>> {
    let mut resolved = list.iter().map(|&a| axis(a, rank)).collect::<Result<Vec<_>>>()?;
    resolved.sort_unstable();
    match resolved.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Error::shape(format!("axis {} is named twice", pair[0]))),
        None => Ok(resolved),
    }
}
