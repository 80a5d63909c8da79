//! Image files: read whole, checked, or in stretches of an epoch, away from Node's thread.

use std::path::Path;
use std::sync::Arc;

use attune_data::Stretch;
use attune_data::image::{self, ImageFile, Limits, Recipe};
use attune_graph::TensorType;
use attune_graph::exec::{Augment, Change};
use attune_tensor::{Budget, Code, Error, Shape};
use napi::Env;
use napi::bindgen_prelude::{Either, Float32Array, Object, Uint8Array};
use napi_derive::napi;

use crate::background::background;
use crate::data_set::DataSet;
use crate::failure::{Failure, guard, parse, whole};
use crate::read_samples::{ReadSamples, list};
use crate::typed::{Elements, Typed};

/// Files with their labels, and what is done with each.
#[napi]
pub struct ImageFiles(Arc<image::ImageFiles>);

#[napi]
impl ImageFiles {
    /// Files in their order; the recipe as JSON.
    #[napi(factory, ts_args_type = "paths: string[], labels: Int32Array, recipe: string")]
    pub fn from(paths: Vec<String>, labels: Typed, recipe: String) -> Result<Self, Failure> {
        guard(|| {
            let labels = labels.elements("labels")?;
            let labels: &[i32] = bytemuck::cast_slice(labels.bytes());
            if labels.len() != paths.len() {
                let message = format!("expected {} labels, came {}", paths.len(), labels.len());
                return Err(Error::new(Code::Data, message));
            }
            let recipe: Recipe = parse("recipe", &recipe)?;
            let file = |(path, &label): (String, &i32)| ImageFile { path: path.into(), label };
            let files = paths.into_iter().zip(labels).map(file).collect();
            Ok(ImageFiles(Arc::new(image::ImageFiles::new(files, recipe)?)))
        })
    }

    #[napi(getter)]
    pub fn length(&self) -> f64 {
        self.0.len() as f64
    }

    /// All files, whole: `x` uint8 `[height, width, channels]`, `y` int32.
    #[napi(ts_return_type = "Promise<ReadSamples>")]
    pub fn read<'env>(&self, env: &'env Env, skip: bool) -> Result<Object<'env>, Failure> {
        let files = self.0.clone();
        let work = move || {
            let (samples, skipped) = files.read(skip, &Budget::of_machine())?;
            ReadSamples::new(samples, skipped.iter().map(|bad| (bad.index, &bad.error)))
        };
        background(env, work, |_, read| Ok(read))
    }

    /// The samples of a stretch `{ seed, epoch, first, count, shuffle }` as JSON.
    #[napi(ts_return_type = "Promise<DataSet>")]
    pub fn stretch<'env>(&self, env: &'env Env, stretch: String) -> Result<Object<'env>, Failure> {
        let files = self.0.clone();
        DataSet::promise(env, move || {
            let stretch: Stretch = parse("stretch", &stretch)?;
            files.stretch(stretch, &Budget::of_machine())
        })
    }

    /// The files that cannot be used, as JSON `[{ index, code, message }]`: all are decoded.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn bad<'env>(&self, env: &'env Env) -> Result<Object<'env>, Failure> {
        let files = self.0.clone();
        let work = move || {
            let bad = files.bad(&Budget::of_machine())?;
            list(bad.iter().map(|bad| (bad.index, &bad.error)))
        };
        background(env, work, |_, bad| Ok(bad))
    }
}

/// Pixels row by row and their sizes `[height, width, channels]`.
#[napi(object)]
pub struct ImagePixels {
    pub values: Uint8Array,
    pub shape: Vec<f64>,
}

/// Decodes a file into so many channels within limits: JSON `{ bytes, pixels, ratio }`.
#[napi(ts_return_type = "Promise<ImagePixels>")]
pub fn read_image(
    env: &Env,
    path: String,
    channels: f64,
    orient: bool,
    limits: String,
) -> Result<Object<'_>, Failure> {
    let work = move || {
        let limits: Limits = parse("limits", &limits)?;
        let channels = whole("channels", channels)? as usize;
        image::read_picture(Path::new(&path), channels, orient, &limits, &Budget::of_machine())
    };
    background(env, work, |_, picture| {
        let shape = [picture.height, picture.width, picture.channels];
        Ok(ImagePixels { values: picture.pixels.into(), shape: shape.map(|n| n as f64).to_vec() })
    })
}

/// Changes images `[count, height, width, channels]` by random changes as JSON, as those of an epoch
/// from sample `first` on.
#[napi(
    ts_args_type = "pixels: Float32Array | Uint8Array, shape: number[], changes: string, draw: { seed: number, epoch: number, first: number }",
    ts_return_type = "Promise<Float32Array | Uint8Array>"
)]
pub fn augment_images(
    env: &Env,
    pixels: Typed,
    shape: Vec<f64>,
    changes: String,
    draw: Draw,
) -> Result<Object<'_>, Failure> {
    let pixels = guard(|| pixels.elements("pixels"))?;
    let work = move || {
        let sizes = shape.iter().map(|&size| Ok(whole("shape", size)? as usize));
        let shape = Shape::new(sizes.collect::<Result<Vec<_>, Error>>()?);
        let expected = shape.checked_elements()?;
        if expected != pixels.len() {
            let message = format!("expected {expected} values for {shape}, came {}", pixels.len());
            return Err(Error::new(Code::Data, message));
        }
        let tensor = TensorType { dtype: pixels.dtype(), shape };
        let changes: Vec<Change> = parse("changes", &changes)?;
        let augment = Augment::new("pixels", &changes, &tensor)?;
        let place =
            [whole("seed", draw.seed)?, whole("epoch", draw.epoch)?, whole("first", draw.first)?];
        let mut changed = pixels.clone();
        augment.images(place, pixels.bytes(), changed.bytes_mut())?;
        Ok(changed)
    };
    background(env, work, |_, changed| {
        Ok(match changed {
            Elements::Float32(values) => Either::A(Float32Array::from(values)),
            Elements::Uint8(values) => Either::B(Uint8Array::from(values)),
            Elements::Int32(_) => Either::B(Uint8Array::from(Vec::new())),
        })
    })
}

/// What decides random changes.
#[napi(object)]
pub struct Draw {
    pub seed: f64,
    pub epoch: f64,
    pub first: f64,
}
