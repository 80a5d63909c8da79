//! The order of an epoch's rows, kept while the runs of that epoch ask for it.

use std::sync::Arc;

/// What decides an order: the data set, the epoch, and whether it is shuffled.
pub type Key = (u64, u64, bool);

/// The last orders used: training and validation take turns.
#[derive(Default)]
pub struct Orders(Vec<(Key, Arc<Vec<u32>>)>);

impl Orders {
    const KEPT: usize = 2;

    pub fn get(&mut self, key: Key, make: impl FnOnce() -> Vec<u32>) -> Arc<Vec<u32>> {
        let found = self.0.iter().position(|(known, _)| *known == key);
        let entry = match found {
            Some(at) => self.0.remove(at),
            None => (key, Arc::new(make())),
        };
        let order = entry.1.clone();
        self.0.insert(0, entry);
        self.0.truncate(Self::KEPT);
        order
    }
}
