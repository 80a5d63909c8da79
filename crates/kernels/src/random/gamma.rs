//! Draws of a stream that are not uniform: normal, gamma, beta and Dirichlet.

use super::Stream;

impl Stream {
    /// Uniform from 0 on, below 1.
    pub fn unit(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 / 16_777_216.0
    }

    /// Uniform between two numbers.
    pub fn between(&mut self, [least, most]: [f32; 2]) -> f32 {
        least + (most - least) * self.unit()
    }

    /// Whether something of this probability happens.
    pub fn happens(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    /// Two standard normal numbers. Box and Muller 1958.
    pub fn normals(&mut self) -> [f32; 2] {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let (sin, cos) = (self.unit() * std::f32::consts::TAU).sin_cos();
        [radius * cos, radius * sin]
    }

    /// Gamma with this shape and scale 1. Marsaglia and Tsang 2000.
    pub fn gamma(&mut self, shape: f32) -> f32 {
        if shape < 1.0 {
            let power = (1.0 - self.unit()).powf(1.0 / shape);
            return self.gamma(shape + 1.0) * power;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let [normal, _] = self.normals();
            let v = (1.0 + c * normal).powi(3);
            let u = 1.0 - self.unit();
            if v > 0.0 && u.ln() < 0.5 * normal * normal + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// Beta with equal shapes, from 0 to 1.
    pub fn beta(&mut self, shape: f32) -> f32 {
        let (a, b) = (self.gamma(shape), self.gamma(shape));
        // Both vanish for shapes near 0, where either end is as likely.
        if a + b > 0.0 { a / (a + b) } else { f32::from(self.unit() < 0.5) }
    }

    /// Shares that add up to 1, Dirichlet with equal shapes.
    pub fn shares(&mut self, shape: f32, shares: &mut [f32]) {
        shares.iter_mut().for_each(|share| *share = self.gamma(shape));
        let sum: f32 = shares.iter().sum();
        let even = 1.0 / shares.len() as f32;
        shares.iter_mut().for_each(|share| *share = if sum > 0.0 { *share / sum } else { even });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(count: usize, mut draw: impl FnMut() -> f32) -> [f64; 2] {
        let all: Vec<f64> = (0..count).map(|_| f64::from(draw())).collect();
        let mean = all.iter().sum::<f64>() / count as f64;
        [mean, all.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count as f64]
    }

    #[test]
    fn draws_have_the_mean_and_variance_of_their_distribution() {
        let mut stream = Stream::new([5, 6]);
        for shape in [0.2f32, 1.0, 3.5] {
            let s = f64::from(shape);
            let [mean, variance] = moments(40_000, || stream.gamma(shape));
            assert!((mean - s).abs() < 0.04 * (1.0 + s), "gamma {shape}: {mean}");
            assert!((variance - s).abs() < 0.12 * (1.0 + s), "gamma {shape}: {variance}");
            let [mean, variance] = moments(40_000, || stream.beta(shape));
            let expected = 1.0 / (4.0 * (2.0 * s + 1.0));
            assert!(
                (mean - 0.5).abs() < 0.01 && (variance - expected).abs() < 0.005,
                "beta {shape}"
            );
        }
        let [mean, variance] = moments(40_000, || stream.normals()[1]);
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
    }

    #[test]
    fn shares_add_up_to_one_even_where_draws_vanish() {
        let mut stream = Stream::new([1, 6]);
        for shape in [1e-6f32, 0.5, 20.0] {
            let mut shares = [0.0; 3];
            stream.shares(shape, &mut shares);
            assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{shares:?}");
            assert!((0.0..=1.0).contains(&stream.beta(shape)));
        }
    }
}
