//! The values of a table's column as JavaScript gives them: a typed array, or an array of single values.

use std::borrow::Cow;
use std::ptr;

use attune_data::table::Cell;
use attune_tensor::{Code, Error, Result};
use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{ValueType, sys};

use crate::typed::View;

/// Whole numbers up to here are the same in float64.
const EXACT: u64 = 1 << 53;
/// Elements whose handles live at the same time.
const STRETCH: u32 = 1024;

/// Values by row, or why they cannot be used; the refusal waits until it can be thrown with its code.
pub enum TableValues {
    Numbers(Result<Vec<f64>>),
    Cells(Result<Vec<Cell<'static>>>),
}

impl TypeName for TableValues {
    fn type_name() -> &'static str {
        "Array"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ValidateNapiValue for TableValues {}

impl FromNapiValue for TableValues {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        let mut is_array = false;
        // SAFETY: Node-API passed both for the duration of this call; the out pointer is a local.
        unsafe { sys::napi_is_array(env, value, &mut is_array) };
        if is_array {
            // SAFETY: as above, and the value is an array.
            return Ok(TableValues::Cells(unsafe { cells(env, value) }));
        }
        // SAFETY: as above.
        let view = unsafe { View::of(env, value) }.map_err(|error| match error.code {
            Code::Dtype => Error::new(Code::Dtype, "expected a typed array or an array of values"),
            _ => error,
        });
        Ok(TableValues::Numbers(view.and_then(|view| view.numbers())))
    }
}

/// # Safety
/// `env` and `array`, an array, are live handles of this thread.
unsafe fn cells(env: sys::napi_env, array: sys::napi_value) -> Result<Vec<Cell<'static>>> {
    let mut length = 0;
    // SAFETY: the caller passes live handles; the out pointer is a local.
    answered(unsafe { sys::napi_get_array_length(env, array, &mut length) })?;
    let mut cells = Vec::new();
    let bytes = length as usize * size_of::<Cell>();
    cells
        .try_reserve_exact(length as usize)
        .map_err(|_| Error::out_of_memory(bytes, "a column of values"))?;
    let mut start = 0;
    while start < length {
        let end = length.min(start.saturating_add(STRETCH));
        let mut scope = ptr::null_mut();
        // SAFETY: a live environment and a local.
        answered(unsafe { sys::napi_open_handle_scope(env, &mut scope) })?;
        let stretch = (start..end).try_for_each(|at| {
            let mut element = ptr::null_mut();
            // SAFETY: live handles; the element's handle lives as long as the scope.
            cells.push(unsafe {
                answered(sys::napi_get_element(env, array, at, &mut element))?;
                cell(env, element)?
            });
            Ok(())
        });
        // SAFETY: the scope was opened above and nothing of it is used later.
        answered(unsafe { sys::napi_close_handle_scope(env, scope) })?;
        stretch?;
        start = end;
    }
    Ok(cells)
}

/// # Safety
/// `env` and `value` are live handles of this thread.
unsafe fn cell(env: sys::napi_env, value: sys::napi_value) -> Result<Cell<'static>> {
    let mut kind = 0;
    // SAFETY: the caller passes live handles; out pointers are locals, here and below.
    answered(unsafe { sys::napi_typeof(env, value, &mut kind) })?;
    Ok(match kind {
        sys::ValueType::napi_undefined | sys::ValueType::napi_null => Cell::Missing,
        sys::ValueType::napi_number => {
            let mut number = 0.0;
            // SAFETY: as above.
            answered(unsafe { sys::napi_get_value_double(env, value, &mut number) })?;
            if number.is_nan() { Cell::Missing } else { Cell::Number(number) }
        }
        sys::ValueType::napi_boolean => {
            let mut flag = false;
            // SAFETY: as above.
            answered(unsafe { sys::napi_get_value_bool(env, value, &mut flag) })?;
            Cell::Boolean(flag)
        }
        sys::ValueType::napi_string => {
            // SAFETY: as above.
            let text = unsafe { String::from_napi_value(env, value) };
            Cell::Text(Cow::Owned(text.map_err(|_| refusal())?))
        }
        sys::ValueType::napi_bigint => {
            let (mut number, mut lossless) = (0, false);
            // SAFETY: as above.
            answered(unsafe {
                sys::napi_get_value_bigint_int64(env, value, &mut number, &mut lossless)
            })?;
            match number.unsigned_abs() {
                0..=EXACT if lossless => Cell::Number(number as f64),
                _ if lossless => Cell::Long(number.to_string()),
                _ => Cell::Nested("a bigint beyond 64 bits"),
            }
        }
        // SAFETY: as above.
        sys::ValueType::napi_object => unsafe { date(env, value)? },
        sys::ValueType::napi_function => Cell::Nested("a function"),
        sys::ValueType::napi_symbol => Cell::Nested("a symbol"),
        _ => Cell::Nested("an object"),
    })
}

/// The text of a `Date` in ISO 8601; one that is invalid is missing, and other objects are no values.
///
/// # Safety
/// `env` and `value`, an object, are live handles of this thread.
unsafe fn date(env: sys::napi_env, value: sys::napi_value) -> Result<Cell<'static>> {
    let (mut is_date, mut milliseconds) = (false, 0.0);
    let (mut method, mut text) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the caller passes live handles; out pointers are locals, here and below.
    answered(unsafe { sys::napi_is_date(env, value, &mut is_date) })?;
    if !is_date {
        return Ok(Cell::Nested("an object"));
    }
    // SAFETY: as above.
    answered(unsafe { sys::napi_get_date_value(env, value, &mut milliseconds) })?;
    if milliseconds.is_nan() {
        return Ok(Cell::Missing);
    }
    // SAFETY: as above; a valid date has the method, which does not throw, and takes no arguments.
    unsafe {
        let name = c"toISOString";
        answered(sys::napi_get_named_property(env, value, name.as_ptr(), &mut method))?;
        answered(sys::napi_call_function(env, value, method, 0, ptr::null(), &mut text))?;
        let text = String::from_napi_value(env, text).map_err(|_| refusal())?;
        Ok(Cell::Text(Cow::Owned(text)))
    }
}

fn answered(status: sys::napi_status) -> Result<()> {
    if status == sys::Status::napi_ok { Ok(()) } else { Err(refusal()) }
}

/// An array that JavaScript does not let be read, such as a proxy that throws.
fn refusal() -> Error {
    Error::new(Code::Data, "a value of the array could not be read: pass a plain array")
}
