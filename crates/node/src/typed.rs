//! Typed arrays of JavaScript, copied at the border so that nobody can change or detach them later.

use std::ffi::c_void;
use std::ptr;

use attune_tensor::{Code, DType, Error, Result};
use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{ValueType, sys};

/// The elements of a `Float32Array`, `Int32Array`, `Uint8Array` or `Uint8ClampedArray`.
#[derive(Clone)]
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

    pub fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Elements::Float32(values) => bytemuck::cast_slice_mut(values),
            Elements::Int32(values) => bytemuck::cast_slice_mut(values),
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

/// Numbers of samples, from a `Uint32Array`.
pub struct Indices(Result<Vec<u32>>);

impl Indices {
    pub fn values(self, what: &str) -> Result<Vec<u32>> {
        self.0.map_err(|error| error.at(what))
    }
}

macro_rules! from_javascript {
    ($name:ident, $copy:ident) => {
        impl TypeName for $name {
            fn type_name() -> &'static str {
                "TypedArray"
            }

            fn value_type() -> ValueType {
                ValueType::Object
            }
        }

        impl ValidateNapiValue for $name {}

        impl FromNapiValue for $name {
            unsafe fn from_napi_value(
                env: sys::napi_env,
                value: sys::napi_value,
            ) -> napi::Result<Self> {
                // SAFETY: Node-API passed both for the duration of this call.
                Ok($name(unsafe { View::of(env, value) }.and_then(|view| view.$copy())))
            }
        }
    };
}

from_javascript!(Typed, elements);
from_javascript!(Indices, indices);

/// Where the elements of a typed array lie, while JavaScript waits for this call.
pub(crate) struct View {
    kind: sys::napi_typedarray_type,
    data: *mut c_void,
    length: usize,
}

impl View {
    /// # Safety
    /// `env` and `value` are live handles of this thread.
    pub(crate) unsafe fn of(env: sys::napi_env, value: sys::napi_value) -> Result<View> {
        let mut is_typed = false;
        // SAFETY: the caller passes live handles; the out pointer is a local.
        let status = unsafe { sys::napi_is_typedarray(env, value, &mut is_typed) };
        if status != sys::Status::napi_ok || !is_typed {
            return Err(Error::new(Code::Dtype, "expected a typed array"));
        }
        let mut view = View { kind: 0, data: ptr::null_mut(), length: 0 };
        let (mut buffer, mut detached) = (ptr::null_mut(), false);
        // SAFETY: `value` is a typed array; the out pointers are locals.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                env,
                value,
                &mut view.kind,
                &mut view.length,
                &mut view.data,
                &mut buffer,
                ptr::null_mut(),
            )
        };
        // SAFETY: `buffer` is the array's buffer; for a SharedArrayBuffer the answer stays false.
        unsafe { sys::napi_is_detached_arraybuffer(env, buffer, &mut detached) };
        if status != sys::Status::napi_ok || detached {
            let message = "its ArrayBuffer is detached, so its data is gone: \
                           pass a copy (`array.slice()`) where the original is transferred away";
            return Err(Error::new(Code::Data, message));
        }
        Ok(view)
    }

    fn elements(&self) -> Result<Elements> {
        use sys::TypedarrayType as Kind;
        // SAFETY: Node-API says that `data` holds `length` elements of this type, in each arm.
        unsafe {
            match self.kind {
                Kind::float32_array => self.copy().map(Elements::Float32),
                Kind::int32_array => self.copy().map(Elements::Int32),
                Kind::uint8_array | Kind::uint8_clamped_array => self.copy().map(Elements::Uint8),
                _ => Err(Error::new(
                    Code::Dtype,
                    "expected a Float32Array, an Int32Array or a Uint8Array, got another typed \
                     array: convert it first, as in `Float32Array.from(array)`",
                )),
            }
        }
    }

    /// The elements as float64; those of a `BigInt64Array` must be the same there.
    pub(crate) fn numbers(&self) -> Result<Vec<f64>> {
        use sys::TypedarrayType as Kind;
        // SAFETY: Node-API says that `data` holds `length` elements of this type, in each arm.
        unsafe {
            match self.kind {
                Kind::float64_array => self.copy(),
                Kind::float32_array => self.widened::<f32>(),
                Kind::int32_array => self.widened::<i32>(),
                Kind::uint32_array => self.widened::<u32>(),
                Kind::int16_array => self.widened::<i16>(),
                Kind::uint16_array => self.widened::<u16>(),
                Kind::int8_array => self.widened::<i8>(),
                Kind::uint8_array | Kind::uint8_clamped_array => self.widened::<u8>(),
                Kind::bigint64_array => whole_floats(self.copy::<i64>()?),
                Kind::biguint64_array => whole_floats(self.copy::<u64>()?),
                _ => Err(Error::new(Code::Dtype, "expected a typed array of numbers")),
            }
        }
    }

    /// # Safety
    /// `data` holds `length` elements of `T`; it may be null where there are none.
    unsafe fn widened<T: Copy + Into<f64>>(&self) -> Result<Vec<f64>> {
        // SAFETY: the caller vouches for the elements.
        Ok(unsafe { self.copy::<T>() }?.into_iter().map(Into::into).collect())
    }

    fn indices(&self) -> Result<Vec<u32>> {
        match self.kind {
            // SAFETY: Node-API says that `data` holds `length` elements of this type.
            sys::TypedarrayType::uint32_array => unsafe { self.copy() },
            _ => Err(Error::new(Code::Dtype, "expected a Uint32Array")),
        }
    }

    /// # Safety
    /// `data` holds `length` elements of `T`; it may be null where there are none.
    unsafe fn copy<T: Copy>(&self) -> Result<Vec<T>> {
        let mut values = Vec::new();
        if values.try_reserve_exact(self.length).is_err() {
            let message = format!("no memory for a copy of {} elements", self.length);
            return Err(Error::new(Code::Memory, message));
        }
        if self.length > 0 {
            // SAFETY: the caller vouches for the source; the target was just reserved.
            unsafe {
                ptr::copy_nonoverlapping(self.data.cast(), values.as_mut_ptr(), self.length);
                values.set_len(self.length);
            }
        }
        Ok(values)
    }
}

/// Whole numbers as float64, or the first that it does not hold.
fn whole_floats<T: Copy + Into<i128>>(values: Vec<T>) -> Result<Vec<f64>> {
    let exact = |(row, value): (usize, T)| match value.into() {
        whole if whole.unsigned_abs() <= 1 << 53 => Ok(whole as f64),
        whole => Err(Error::new(
            Code::Data,
            format!(
                "row {row}: expected a whole number up to 2^53, got {whole}: pass such numbers as \
                 texts"
            ),
        )),
    };
    values.into_iter().enumerate().map(exact).collect()
}
