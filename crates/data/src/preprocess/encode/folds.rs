//! Folds of rows: parts of nearly equal size, each with nearly the same share of every class.

use attune_kernels::random;

/// The fold of each row. With classes, every fold has its share of each, dealt in the order in which
/// classes first come, as scikit-learn's StratifiedKFold does; without, folds are runs of rows.
/// `seed` shuffles.
pub fn folds(rows: usize, classes: Option<&[usize]>, count: usize, seed: Option<u64>) -> Vec<u32> {
    let order: Vec<usize> = match seed {
        Some(seed) => {
            let order = random::permutation(seed, random::site("folds"), rows as u32);
            order.into_iter().map(|row| row as usize).collect()
        }
        None => (0..rows).collect(),
    };
    let mut folds = vec![0; rows];
    let Some(classes) = classes else {
        let (size, more) = (rows / count, rows % count);
        let mut place = 0;
        for fold in 0..count {
            for _ in 0..size + usize::from(fold < more) {
                folds[order[place]] = fold as u32;
                place += 1;
            }
        }
        return folds;
    };
    let mut first: Vec<usize> = vec![];
    let mut members: Vec<Vec<usize>> = vec![];
    for &row in &order {
        match first.iter().position(|&class| class == classes[row]) {
            Some(place) => members[place].push(row),
            None => {
                first.push(classes[row]);
                members.push(vec![row]);
            }
        }
    }
    // Dealing the sorted classes one by one tells how many of each a fold gets.
    let mut dealt = 0;
    for rows in &members {
        let share = |fold: usize| (0..rows.len()).filter(|i| (dealt + i) % count == fold).count();
        let mut place = 0;
        for fold in 0..count {
            for _ in 0..share(fold) {
                folds[rows[place]] = fold as u32;
                place += 1;
            }
        }
        dealt += rows.len();
    }
    folds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_share_out_rows_and_classes_evenly() {
        assert_eq!(folds(7, None, 3, None), [0, 0, 0, 1, 1, 2, 2]);
        let classes = [1, 0, 0, 1, 0, 0, 1, 1];
        assert_eq!(folds(8, Some(&classes), 2, None), [0, 0, 0, 0, 1, 1, 1, 1]);
        let shuffled = folds(100, None, 4, Some(3));
        assert_ne!(shuffled, folds(100, None, 4, Some(4)));
        for fold in 0..4 {
            assert_eq!(shuffled.iter().filter(|&&one| one == fold).count(), 25);
        }
    }
}
