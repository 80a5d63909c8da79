//! Random changes of sounds: how large they are, what they leave alone, and what decides them.

use attune_data::audio::{
    Change, Drawn, Features, Layout, Limits, Pipeline, Recipe, change_features, change_samples,
    epoch_features,
};
use attune_data::{Column, DataSet, Stretch};
use attune_tensor::{Budget, Buffer, DType};

const RATE: u32 = 8000;

fn drawn(sample: u64) -> Drawn {
    Drawn { seed: 1, epoch: 2, sample }
}

fn tone(samples: usize) -> Vec<f32> {
    (0..samples).map(|i| (i as f32 * 0.3).sin() / 2.0).collect()
}

fn changed(change: Change, sample: u64) -> Vec<f32> {
    let mut samples = tone(4000);
    change_samples(&[change], &mut samples, RATE, drawn(sample)).unwrap();
    assert_eq!(samples.len(), 4000);
    samples
}

fn power(samples: &[f32]) -> f64 {
    samples.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>() / samples.len() as f64
}

#[test]
fn noise_has_the_ratio_that_was_asked_for() {
    let noisy = changed(Change::AddNoise { least: 12.0, most: 12.0, probability: 1.0 }, 0);
    let noise: Vec<f32> = noisy.iter().zip(tone(4000)).map(|(x, clean)| x - clean).collect();
    let decibels = 10.0 * (power(&tone(4000)) / power(&noise)).log10();
    assert!((decibels - 12.0).abs() < 0.3, "{decibels}");
}

#[test]
fn gain_multiplies_by_decibels() {
    let louder = changed(Change::Gain { least: 6.0, most: 6.0, probability: 1.0 }, 0);
    assert!((louder[100] / tone(4000)[100] - 1.995_262_3).abs() < 1e-5);
}

#[test]
fn a_shift_moves_either_way_within_its_reach_and_lets_silence_in() {
    let clean = tone(4000);
    let mut moves: Vec<isize> = (0..40)
        .map(|sample| {
            let moved = changed(Change::TimeShift { most: 0.01, probability: 1.0 }, sample);
            let by = (-80..=80).find(|&by: &isize| {
                (100..3900).all(|i| moved[i] == clean[(i as isize - by) as usize])
            });
            by.expect("a shift of at most 80 samples")
        })
        .collect();
    moves.sort();
    assert!(moves[0] < -40 && moves[39] > 40, "{moves:?}");
    let far = changed(Change::TimeShift { most: 0.4, probability: 1.0 }, 3);
    assert!(far[0] == 0.0 && far[1] == 0.0 || far[3998] == 0.0 && far[3999] == 0.0);
}

#[test]
fn twice_the_speed_halves_the_sound_and_doubles_its_pitch() {
    let fast = changed(Change::SpeedChange { least: 2.0, most: 2.0, probability: 1.0 }, 0);
    assert!(fast[2001..].iter().all(|&x| x == 0.0));
    let clean = tone(4000);
    for i in 50..1950 {
        assert!((fast[i] - clean[2 * i]).abs() < 0.01, "{i}");
    }
}

#[test]
fn a_change_happens_as_often_as_its_probability_says() {
    let change = || Change::Gain { least: 6.0, most: 6.0, probability: 0.25 };
    let happened = (0..400).filter(|&sample| changed(change(), sample) != tone(4000)).count();
    assert!((70..130).contains(&happened), "{happened}");
}

#[test]
fn masks_cover_stretches_of_time_and_bands_of_frequency_with_the_mean() {
    let (frames, width) = (50, 20);
    let clean: Vec<f32> = (0..frames * width).map(|i| i as f32).collect();
    let mean = (frames * width - 1) as f32 / 2.0;
    let change =
        Change::SpecAugment { time_masks: 1, time_size: 10, frequency_masks: 1, frequency_size: 5 };
    let mut sizes = (0, 0);
    for sample in 0..60 {
        let mut features = clean.clone();
        change_features(std::slice::from_ref(&change), &mut features, width, drawn(sample));
        let covered = |t: usize, f: usize| features[t * width + f] == mean;
        let rows: Vec<usize> = (0..frames).filter(|&t| (0..width).all(|f| covered(t, f))).collect();
        let columns: Vec<usize> =
            (0..width).filter(|&f| (0..frames).all(|t| covered(t, f))).collect();
        for places in [&rows, &columns] {
            assert!(places.windows(2).all(|pair| pair[1] == pair[0] + 1), "{places:?}");
        }
        sizes = (sizes.0.max(rows.len()), sizes.1.max(columns.len()));
        for t in 0..frames {
            for f in 0..width {
                let kept = features[t * width + f] == clean[t * width + f];
                assert!(kept || rows.contains(&t) || columns.contains(&f));
            }
        }
    }
    assert_eq!(sizes, (10, 5));
}

fn waves(rows: usize) -> DataSet {
    let budget = Budget::new(1 << 24);
    let mut x = Buffer::new(rows * 400 * 4, &budget).unwrap();
    x.as_slice_mut::<f32>().iter_mut().enumerate().for_each(|(i, x)| *x = (i as f32).sin());
    let mut y = Buffer::new(rows * 4, &budget).unwrap();
    y.as_slice_mut::<i32>().iter_mut().enumerate().for_each(|(i, y)| *y = i as i32);
    DataSet::new(vec![
        Column::new("x", DType::Float32, [400, 1], x).unwrap(),
        Column::new("y", DType::Int32, [], y).unwrap(),
    ])
    .unwrap()
}

fn stretch_of(epoch: u64, first: usize, count: usize) -> Vec<(i32, Vec<f32>)> {
    let recipe = Recipe {
        sample_rate: RATE,
        samples: 400,
        trim: None,
        features: Features::Waveform,
        layout: Layout::Sequence,
        limits: Limits::default(),
    };
    let pipeline = Pipeline::new(recipe).unwrap();
    let changes = [
        Change::AddNoise { least: 0.0, most: 20.0, probability: 0.5 },
        Change::SpeedChange { least: 0.9, most: 1.1, probability: 1.0 },
        Change::TimeShift { most: 0.01, probability: 1.0 },
    ];
    let stretch = Stretch { seed: 7, epoch, first, count, shuffle: true };
    let budget = Budget::new(1 << 24);
    let data = epoch_features(&waves(30), &pipeline, &changes, stretch, &budget).unwrap();
    let (x, y) = (data.column("x").unwrap(), data.column("y").unwrap());
    (0..count as u32)
        .map(|row| {
            let label = bytemuck::cast_slice::<u8, i32>(y.row(row))[0];
            (label, bytemuck::cast_slice(x.row(row)).to_vec())
        })
        .collect()
}

#[test]
fn an_epoch_is_the_same_whatever_stretches_and_threads_it_is_computed_in() {
    let whole = stretch_of(3, 0, 30);
    let parts = [stretch_of(3, 0, 7), stretch_of(3, 7, 23)].concat();
    assert!(whole == parts);
    for threads in [1, 2, 3, 7] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(pool.install(|| stretch_of(3, 0, 30)) == whole, "{threads} threads");
    }
    let mut labels: Vec<i32> = whole.iter().map(|(label, _)| *label).collect();
    labels.sort();
    assert_eq!(labels, (0..30).collect::<Vec<_>>());
}

#[test]
fn every_epoch_changes_a_sample_in_its_own_way() {
    let by_label = |epoch| {
        let mut samples = stretch_of(epoch, 0, 30);
        samples.sort_by_key(|(label, _)| *label);
        samples
    };
    let (first, second) = (by_label(0), by_label(1));
    let equal = first.iter().zip(&second).filter(|(a, b)| a.1 == b.1).count();
    assert!(equal < 3, "{equal}");
}
