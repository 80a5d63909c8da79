//! Typed arrays of JavaScript, copied at the border so that nobody can change or detach them later.

use std::ptr;

use attune_tensor::{Code, DType, Error, Result};
use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{ValueType, sys};

/// The elements of a `Float32Array`, `Int32Array`, `Uint8Array` or `Uint8ClampedArray`.
pub enum Elements {
    Float32(Vec<f32>),
    Int32(Vec<i32>),
    Uint8(Vec<u8>),
}

impl Elements {
    pub fn dtype(&self) -> DType {
        match self {
            Elements::Float32(_) => DType::Float32,
            Elements::Int32(_) => DType::Int32,
            Elements::Uint8(_) => DType::Uint8,
        }
    }

    pub fn bytes(&self) -> &[u8] {
        match self {
            Elements::Float32(values) => bytemuck::cast_slice(values),
            Elements::Int32(values) => bytemuck::cast_slice(values),
            Elements::Uint8(values) => values,
        }
    }

    pub fn len(&self) -> usize {
        self.bytes().len() / self.dtype().size()
    }
}

/// A typed array, or why it cannot be used; the refusal waits until it can be thrown with its code.
pub struct Typed(Result<Elements>);

impl Typed {
    /// The elements, or an error that names what they were meant for.
    pub fn elements(self, what: &str) -> Result<Elements> {
        self.0.map_err(|error| error.at(what))
    }

    /// The elements, which must be floats.
    pub fn floats(self, what: &str) -> Result<Vec<f32>> {
        match self.elements(what)? {
            Elements::Float32(values) => Ok(values),
            other => {
                let message = format!("{what}: expected a Float32Array, got {}", other.dtype());
                Err(Error::new(Code::Dtype, message))
            }
        }
    }
}

impl TypeName for Typed {
    fn type_name() -> &'static str {
        "TypedArray"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ValidateNapiValue for Typed {}

impl FromNapiValue for Typed {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        // SAFETY: Node-API passed both for the duration of this call.
        Ok(Typed(unsafe { copy(env, value) }))
    }
}

unsafe fn copy(env: sys::napi_env, value: sys::napi_value) -> Result<Elements> {
    let mut is_typed = false;
    // SAFETY: the caller passes live handles; the out pointer is a local.
    let status = unsafe { sys::napi_is_typedarray(env, value, &mut is_typed) };
    if status != sys::Status::napi_ok || !is_typed {
        let message = "expected a Float32Array, an Int32Array or a Uint8Array";
        return Err(Error::new(Code::Dtype, message));
    }
    let (mut kind, mut length, mut offset) = (0, 0, 0);
    let (mut data, mut buffer) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: `value` is a typed array; the out pointers are locals.
    let status = unsafe {
        sys::napi_get_typedarray_info(
            env,
            value,
            &mut kind,
            &mut length,
            &mut data,
            &mut buffer,
            &mut offset,
        )
    };
    let mut detached = false;
    // SAFETY: `buffer` is the array's buffer; for a SharedArrayBuffer the answer stays false.
    unsafe { sys::napi_is_detached_arraybuffer(env, buffer, &mut detached) };
    if status != sys::Status::napi_ok || detached {
        let message = "its ArrayBuffer is detached, so its data is gone: \
                       pass a copy (`array.slice()`) where the original is transferred away";
        return Err(Error::new(Code::Data, message));
    }
    match kind {
        // SAFETY: Node-API says that `data` holds `length` elements of this type.
        sys::TypedarrayType::float32_array => unsafe { take(data, length) }.map(Elements::Float32),
        // SAFETY: as above.
        sys::TypedarrayType::int32_array => unsafe { take(data, length) }.map(Elements::Int32),
        // SAFETY: as above.
        sys::TypedarrayType::uint8_array | sys::TypedarrayType::uint8_clamped_array => {
            unsafe { take(data, length) }.map(Elements::Uint8)
        }
        _ => {
            let message = "expected a Float32Array, an Int32Array or a Uint8Array, got another \
                           typed array: convert it first, as in `Float32Array.from(array)`";
            Err(Error::new(Code::Dtype, message))
        }
    }
}

/// Copies elements that JavaScript owns.
///
/// # Safety
/// `data` holds `length` elements of `T`; it may be null where there are none.
unsafe fn take<T: Copy>(data: *mut std::ffi::c_void, length: usize) -> Result<Vec<T>> {
    let mut values = Vec::new();
    if values.try_reserve_exact(length).is_err() {
        let message = format!("no memory for a copy of {length} elements: pass them in parts");
        return Err(Error::new(Code::Memory, message));
    }
    if length > 0 {
        // SAFETY: the caller vouches for the source; the target was just reserved.
        unsafe {
            ptr::copy_nonoverlapping(data.cast::<T>(), values.as_mut_ptr(), length);
            values.set_len(length);
        }
    }
    Ok(values)
}
