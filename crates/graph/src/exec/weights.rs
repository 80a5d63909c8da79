//! States to a safetensors file and back.
//!
//! Where weights are averaged, the file holds the averages under the weights' own names, so that
//! they are what others read, and the trained weights under the averages'.

use std::collections::BTreeMap;
use std::path::Path;

use attune_tensor::{Code, DType, Error, Result, Shape, safetensors};

use super::session::{Session, StateInfo};

/// The metadata key under which the names of optimizer states are kept, as a JSON list.
const OPTIMIZER: &str = "attune.optimizer";
/// What the names of gradients that are still being summed begin with: no file needs them.
const ACCUMULATED: &str = "optimizer.accumulated.";
/// The metadata key that says that averages and weights have changed places.
const AVERAGED: &str = "attune.averaged";

impl Session {
    /// Writes all states and the metadata; the file appears whole or not at all.
    pub fn save(&self, path: &Path, mut metadata: BTreeMap<String, String>) -> Result<()> {
        let mut states = self.states();
        states.retain(|state| !state.name.starts_with(ACCUMULATED));
        let slots: Vec<&str> =
            states.iter().filter(|s| is_slot(s)).map(|s| s.name.as_str()).collect();
        let slots = serde_json::to_string(&slots)
            .map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        metadata.insert(OPTIMIZER.to_owned(), slots);
        let averaged = self.has_averages();
        if averaged {
            metadata.insert(AVERAGED.to_owned(), "true".to_owned());
        }
        let tensor = |state: &'_ StateInfo| -> Result<_> {
            let name = if averaged { self.other(&state.name) } else { &state.name };
            Ok(bytemuck::cast_slice::<f32, u8>(self.read(name)?))
        };
        let bytes = states.iter().map(tensor).collect::<Result<Vec<&[u8]>>>()?;
        let tensors = states
            .iter()
            .zip(bytes)
            .map(|(state, bytes)| (state.name.as_str(), DType::Float32, &state.shape[..], bytes));
        safetensors::write(path, tensors, &metadata)
    }

    /// Reads every declared state; the metadata. Nothing changes unless the whole file fits.
    ///
    /// States of an optimizer may be missing, and those of another optimizer are passed over.
    pub fn load(&mut self, path: &Path) -> Result<BTreeMap<String, String>> {
        let mut file = safetensors::read(path, self.budget())?;
        let slots = file.metadata.remove(OPTIMIZER);
        let slots: Vec<String> =
            slots.and_then(|slots| serde_json::from_str(&slots).ok()).unwrap_or_default();
        let averaged = file.metadata.remove(AVERAGED).is_some();
        let states = self.states();
        let found: BTreeMap<&str, &safetensors::Tensor> =
            file.tensors.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
        let refuse = |message: String| Err(corrupt(path, &message));
        for state in &states {
            let (name, shape) = (&state.name, &state.shape);
            match found.get(name.as_str()) {
                None if is_slot(state) => {}
                None => return refuse(format!("expected {name} {shape}, and it is not there")),
                Some(tensor) if tensor.shape != *shape || tensor.dtype != DType::Float32 => {
                    let (dtype, came): (DType, &Shape) = (tensor.dtype, &tensor.shape);
                    return refuse(format!(
                        "{name}: expected float32 {shape}, came {dtype} {came}"
                    ));
                }
                Some(_) => {}
            }
        }
        let known = |name: &str| states.iter().any(|state| state.name == name);
        for &name in found.keys() {
            if !known(name) && !slots.iter().any(|slot| slot == name) {
                return refuse(format!("{name} is no state of this model"));
            }
        }
        for (name, tensor) in found {
            if known(name) {
                let target = if averaged { self.other(name).to_owned() } else { name.to_owned() };
                self.load_state(&target, tensor.data.as_slice())?;
            }
        }
        Ok(file.metadata)
    }
}

impl Session {
    /// The average of a parameter, the parameter of an average, and any other name itself.
    fn other<'a>(&'a self, name: &'a str) -> &'a str {
        let of = |(weight, average): (&'a str, &'a str)| {
            (weight == name).then_some(average).or((average == name).then_some(weight))
        };
        self.averaged().into_iter().find_map(of).unwrap_or(name)
    }
}

fn is_slot(state: &StateInfo) -> bool {
    state.role == "optimizer"
}

fn corrupt(path: &Path, message: &str) -> Error {
    let message =
        format!("{}: {message}: load it into the model that it was saved from", path.display());
    Error::new(Code::Corrupt, message)
}

#[cfg(test)]
mod tests {
    use attune_tensor::Budget;

    use super::*;
    use crate::exec::{Initializer, SessionOptions, StateSpec};

    fn session(states: &[(&str, &[usize], f32)]) -> Session {
        let options = SessionOptions { threads: 1, seed: 0, budget: Budget::new(1 << 20) };
        let mut session = Session::new(options);
        let spec = |&(name, shape, value): &(&str, &[usize], f32)| StateSpec {
            name: name.to_owned(),
            shape: Shape::from(shape),
            trainable: true,
            initializer: Initializer::Constant { value },
        };
        session.declare(&states.iter().map(spec).collect::<Vec<_>>()).unwrap();
        session
    }

    fn file(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("attune-weights-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder.join(name)
    }

    #[test]
    fn states_and_metadata_come_back_as_they_were_saved() {
        let path = file("whole.safetensors");
        let mut saved = session(&[("a", &[2, 3], 0.0), ("b", &[], 0.0)]);
        saved.write("a", &[1.0, -2.5, 3.0, f32::MIN_POSITIVE, -0.0, 6.0]).unwrap();
        saved.write("b", &[7.0]).unwrap();
        let metadata = BTreeMap::from([("config".to_owned(), "{}".to_owned())]);
        saved.save(&path, metadata.clone()).unwrap();
        let mut loaded = session(&[("b", &[], 1.0), ("a", &[2, 3], 1.0)]);
        assert_eq!(loaded.load(&path).unwrap(), metadata);
        for name in ["a", "b"] {
            assert_eq!(loaded.read(name).unwrap(), saved.read(name).unwrap());
        }
    }

    #[test]
    fn a_file_of_another_model_is_refused_by_name_and_changes_nothing() {
        let path = file("other.safetensors");
        session(&[("a", &[2], 5.0), ("b", &[3], 5.0)]).save(&path, BTreeMap::new()).unwrap();
        let cases: [(&[(&str, &[usize], f32)], &str); 3] = [
            (&[("a", &[2], 1.0), ("b", &[4], 1.0)], "b: expected float32 [4], came float32 [3]"),
            (&[("a", &[2], 1.0)], "b is no state of this model"),
            (
                &[("a", &[2], 1.0), ("b", &[3], 1.0), ("c", &[1], 1.0)],
                "expected c [1], and it is not there",
            ),
        ];
        for (states, message) in cases {
            let mut other = session(states);
            let error = other.load(&path).unwrap_err();
            assert_eq!(error.code, Code::Corrupt);
            assert!(error.message.contains(message), "{error}");
            assert_eq!(other.read("a").unwrap(), [1.0, 1.0]);
        }
    }
}
