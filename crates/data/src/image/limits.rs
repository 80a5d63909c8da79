//! What an image file may at most be.

use attune_tensor::Result;

use crate::refusals::unfit;

/// Decoded images up to so many bytes may have any ratio.
const FREE: u64 = 1 << 22;

/// What a file may at most be, since it is not trusted.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Of the file.
    pub bytes: usize,
    /// Width by height.
    pub pixels: u64,
    /// Bytes of the decoded image for each byte of the file; small images are let through.
    pub ratio: u64,
}

impl Default for Limits {
    /// 256 MiB, 89,478,485 pixels as in Pillow, and twice what the densest PNG has.
    fn default() -> Self {
        Limits { bytes: 1 << 28, pixels: 89_478_485, ratio: 2048 }
    }
}

impl Limits {
    /// Refuses an image by what its header says, before memory is taken for it.
    pub(super) fn check(&self, [width, height]: [u32; 2], decoded: u64, file: usize) -> Result<()> {
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 {
            return Err(unfit(format!(
                "expected at least one pixel, came {width} by {height}: leave the file out"
            )));
        }
        if pixels > self.pixels {
            return Err(unfit(format!(
                "expected at most {} pixels, came {width} by {height}: \
                 make it smaller, or raise the limit on pixels",
                self.pixels
            )));
        }
        if decoded > FREE && decoded / (file as u64).max(1) > self.ratio {
            return Err(unfit(format!(
                "expected at most {} bytes of image for each byte of the file, came {decoded} for \
                 {file}: leave it out, or raise the limit on the ratio",
                self.ratio
            )));
        }
        Ok(())
    }
}
