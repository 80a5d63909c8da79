//! Data sets, held natively in the types they are stored in.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use attune_data as data;
use attune_tensor::{Budget, Buffer, Code, DType, Error};
use bytemuck::AnyBitPattern;
use napi::Env;
use napi::bindgen_prelude::{
    Either3, Float32Array, Int32Array, Object, ObjectFinalize, Uint8Array, Uint32Array,
};
use napi_derive::napi;
use serde_json::json;

use crate::background::background;
use crate::failure::{Failure, guard, json, parse, whole};
use crate::typed::{Indices, Typed};

/// Samples: columns of equal length, or a view of some of their rows that shares their memory.
#[napi(custom_finalize)]
pub struct DataSet {
    samples: data::DataSet,
    /// Tells data sets apart, so that an order found for one is not taken for another's.
    number: u64,
    /// Bytes that V8 knows of; a view tells nothing.
    told: i64,
}

impl DataSet {
    pub fn samples(&self) -> &data::DataSet {
        &self.samples
    }

    pub fn number(&self) -> u64 {
        self.number
    }

    /// A data set whose columns are new.
    pub fn owner(env: Env, samples: data::DataSet) -> Self {
        let told = samples.columns().iter().map(|column| column.data().len() as i64).sum();
        // A refusal leaves V8 uninformed, which delays a collection and breaks nothing.
        let _ = env.adjust_external_memory(told);
        DataSet { told, ..Self::view(samples) }
    }

    /// A promise of the data set that `read` makes away from Node's thread.
    pub fn promise<'env>(
        env: &'env Env,
        read: impl FnOnce() -> attune_tensor::Result<data::DataSet> + Send + 'static,
    ) -> Result<Object<'env>, Failure> {
        background(env, read, |env, samples| Ok(Self::owner(env, samples)))
    }

    /// A data set that shares another's columns.
    pub fn view(samples: data::DataSet) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        DataSet { samples, number: NUMBERS.fetch_add(1, Ordering::Relaxed), told: 0 }
    }
}

#[napi]
impl DataSet {
    /// The 1,797 handwritten digits of the package: `x` uint8 [8, 8, 1], 0 to 16, and `y` int32.
    #[napi(ts_return_type = "Promise<DataSet>")]
    pub fn digits(env: &Env) -> Result<Object<'_>, Failure> {
        Self::promise(env, || data::digits(&Budget::of_machine()))
    }

    /// A part, `train` or `test`, of a folder with the four files of MNIST, gzipped or not.
    #[napi(
        ts_args_type = "root: string, part: 'train' | 'test'",
        ts_return_type = "Promise<DataSet>"
    )]
    pub fn mnist(env: &Env, root: String, part: String) -> Result<Object<'_>, Failure> {
        Self::promise(env, move || {
            let part = match part.as_str() {
                "train" => data::Part::Train,
                "test" => data::Part::Test,
                other => {
                    let message = format!("part: expected `train` or `test`, got `{other}`");
                    return Err(Error::new(Code::Config, message));
                }
            };
            data::mnist(Path::new(&root), part, &Budget::of_machine())
        })
    }

    /// The images and labels of an IDX pair, gzipped or not.
    #[napi(ts_return_type = "Promise<DataSet>")]
    pub fn idx(env: &Env, images: String, labels: String) -> Result<Object<'_>, Failure> {
        Self::promise(env, move || {
            data::read_idx(Path::new(&images), Path::new(&labels), &Budget::of_machine())
        })
    }

    /// Samples out of NumPy's arrays; JSON: `{ column: { file, member } }`, the member of an archive.
    #[napi(ts_return_type = "Promise<DataSet>")]
    pub fn arrays(env: &Env, places: String) -> Result<Object<'_>, Failure> {
        Self::promise(env, move || {
            let places: BTreeMap<String, data::npz::Place> = parse("places", &places)?;
            data::npz::read_samples(&places, &Budget::of_machine())
        })
    }

    /// Samples in files, a column each, little-endian and without a header; JSON: `{ name: { dtype,
    /// shape } }` with the shape of one sample.
    #[napi(
        ts_args_type = "files: Record<string, string>, columns: string, samples: number",
        ts_return_type = "Promise<DataSet>"
    )]
    pub fn map(
        env: &Env,
        files: HashMap<String, String>,
        columns: String,
        samples: f64,
    ) -> Result<Object<'_>, Failure> {
        let read = move || {
            let kinds: BTreeMap<String, Kind> = parse("columns", &columns)?;
            let column = |(name, Kind { dtype, shape }): (String, Kind)| {
                let file = files.get(&name).ok_or_else(|| {
                    Error::new(Code::Config, format!("files: expected one for column {name}"))
                })?;
                Ok(data::MappedColumn { name, dtype, shape: shape.into(), file: file.into() })
            };
            let columns = kinds.into_iter().map(column).collect::<Result<_, Error>>()?;
            data::DataSet::map(columns, whole("samples", samples)? as usize)
        };
        // The system can let go of what is mapped, so V8 is told nothing of it.
        background(env, read, |_, samples| Ok(Self::view(samples)))
    }

    /// Columns of one's own, copied; each shape begins with the number of samples.
    #[napi(
        factory,
        ts_args_type = "columns: Record<string, Float32Array | Int32Array | Uint8Array>, shapes: Record<string, number[]>"
    )]
    pub fn from(
        env: Env,
        columns: HashMap<String, Typed>,
        shapes: HashMap<String, Vec<f64>>,
    ) -> Result<Self, Failure> {
        guard(|| {
            let budget = Budget::of_machine();
            let by_name: BTreeMap<_, _> = columns.into_iter().collect();
            let column = |(name, values): (String, Typed)| {
                let elements = values.elements(&name)?;
                let shape = shape(&name, &shapes, elements.len())?;
                let mut buffer = Buffer::new(elements.bytes().len(), &budget)?;
                buffer.as_slice_mut().copy_from_slice(elements.bytes());
                data::Column::new(name, elements.dtype(), &shape[1..], buffer)
            };
            let columns = by_name.into_iter().map(column).collect::<Result<Vec<_>, _>>()?;
            Ok(Self::owner(env, data::DataSet::new(columns)?))
        })
    }

    /// The number of samples.
    #[napi(getter)]
    pub fn length(&self) -> f64 {
        self.samples.len() as f64
    }

    /// JSON: `{ name: { dtype, shape } }`, with the shape of one sample.
    #[napi]
    pub fn columns(&self) -> Result<String, Failure> {
        guard(|| {
            let describe = |column: &data::Column| {
                let about = json!({ "dtype": column.dtype(), "shape": column.shape() });
                (column.name().to_owned(), about)
            };
            json(&self.samples.columns().iter().map(describe).collect::<BTreeMap<_, _>>())
        })
    }

    /// A copy of a column's values, sample after sample.
    #[napi(ts_return_type = "Float32Array | Int32Array | Uint8Array")]
    pub fn column(
        &self,
        name: String,
    ) -> Result<Either3<Float32Array, Int32Array, Uint8Array>, Failure> {
        guard(|| {
            let column = self.samples.column(&name)?;
            Ok(match column.dtype() {
                DType::Float32 => Either3::A(values::<f32>(&self.samples, column)?.into()),
                DType::Int32 => Either3::B(values::<i32>(&self.samples, column)?.into()),
                DType::Uint8 => Either3::C(values::<u8>(&self.samples, column)?.into()),
            })
        })
    }

    /// The samples of these numbers, in this order; repeats are allowed.
    #[napi(ts_args_type = "indices: Uint32Array")]
    pub fn subset(&self, indices: Indices) -> Result<DataSet, Failure> {
        guard(|| self.samples.subset(&indices.values("indices")?).map(Self::view))
    }

    /// JSON: `{ mean, standardDeviation, minimum, maximum }` over all elements of a column.
    #[napi]
    pub fn statistics(&self, column: String) -> Result<String, Failure> {
        guard(|| {
            let found = self.samples.statistics(&column)?;
            json(&json!({
                "mean": found.mean,
                "standardDeviation": found.standard_deviation,
                "minimum": found.minimum,
                "maximum": found.maximum,
            }))
        })
    }

    /// Samples of which an equal one came before, by a column's values.
    #[napi(ts_return_type = "Promise<Uint32Array>")]
    pub fn duplicates<'env>(
        &self,
        env: &'env Env,
        column: String,
    ) -> Result<Object<'env>, Failure> {
        let samples = self.samples.clone();
        let find = move || samples.duplicates(&column);
        background(env, find, |_, found| Ok(Uint32Array::from(found)))
    }

    /// Samples that have an equal one in another data set, by a column's values.
    #[napi(ts_return_type = "Promise<Uint32Array>")]
    pub fn shared_with<'env>(
        &self,
        env: &'env Env,
        other: &DataSet,
        column: String,
    ) -> Result<Object<'env>, Failure> {
        let (samples, other) = (self.samples.clone(), other.samples.clone());
        let find = move || samples.shared_with(&other, &column);
        background(env, find, |_, found| Ok(Uint32Array::from(found)))
    }

    /// Throws `DATA` at the first label that is not a class below `classes`.
    #[napi]
    pub fn check_labels(&self, column: String, classes: f64) -> Result<(), Failure> {
        guard(|| self.samples.check_labels(&column, whole("classes", classes)? as usize))
    }

    /// Throws `DATA` at the first NaN or infinite number.
    #[napi]
    pub fn check_finite(&self) -> Result<(), Failure> {
        guard(|| self.samples.check_finite())
    }
}

impl ObjectFinalize for DataSet {
    fn finalize(self, env: Env) -> napi::Result<()> {
        env.adjust_external_memory(-self.told).map(drop)
    }
}

/// What a column holds of one sample.
#[derive(serde::Deserialize)]
struct Kind {
    dtype: DType,
    shape: Vec<usize>,
}

/// The shape given for a column, samples first, if it has as many elements as came.
fn shape(
    name: &str,
    shapes: &HashMap<String, Vec<f64>>,
    elements: usize,
) -> attune_tensor::Result<Vec<usize>> {
    let sizes = shapes.get(name).filter(|sizes| !sizes.is_empty()).ok_or_else(|| {
        let message = format!("{name}: expected a shape that begins with the number of samples");
        Error::shape(message)
    })?;
    let size = |&size: &f64| whole(&format!("shape of {name}"), size).map(|size| size as usize);
    let sizes = sizes.iter().map(size).collect::<Result<Vec<_>, _>>()?;
    let shape = attune_tensor::Shape::new(sizes);
    let expected = shape.checked_elements().map_err(|error| error.at(name))?;
    if expected != elements {
        let message = format!("{name}: expected {expected} elements for {shape}, came {elements}");
        return Err(Error::new(Code::Data, message));
    }
    Ok(shape.to_vec())
}

/// The values of a view's samples, copied out in order.
fn values<T: AnyBitPattern>(
    samples: &data::DataSet,
    column: &data::Column,
) -> attune_tensor::Result<Vec<T>> {
    let elements = column.shape().elements();
    let mut values = Vec::new();
    if values.try_reserve_exact(samples.len() * elements).is_err() {
        let message = format!("{}: no memory for a copy of the column", column.name());
        return Err(Error::new(Code::Memory, message));
    }
    for row in samples.rows() {
        values.extend_from_slice(bytemuck::cast_slice(column.row(row)));
    }
    Ok(values)
}
