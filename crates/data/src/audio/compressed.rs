//! FLAC and MP3, by symphonia, with what the file says of itself held against what came out.

use std::io::Cursor;

use attune_tensor::{Error, Result};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as Fault;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSourceStream, ReadOnlySource};
use symphonia::default::codecs::{FlacDecoder, MpaDecoder};
use symphonia::default::formats::{FlacReader, MpaReader};

use super::clip::Clip;
use super::limits::Limits;
use crate::refusals::corrupt;

/// A FLAC file; its checksum is verified where it has one.
pub fn flac(bytes: &[u8], limits: &Limits) -> Result<Clip> {
    let reader = FlacReader::try_new(source(bytes)?, FormatOptions::default()).map_err(fault)?;
    let parameters = parameters(&reader)?;
    let options = AudioDecoderOptions::default().verify(true);
    let mut decoder = FlacDecoder::try_new(&parameters, &options).map_err(fault)?;
    let clip = decode(reader, &mut decoder, limits)?;
    if decoder.finalize().verify_ok == Some(false) {
        return Err(corrupt("the samples differ from the checksum in the file: copy it again"));
    }
    Ok(clip)
}

/// An MP3 file, without the silence that an encoder put around the sound where the file tells it.
pub fn mp3(bytes: &[u8], limits: &Limits) -> Result<Clip> {
    let bytes = after_tag(bytes)?;
    let reader = MpaReader::try_new(source(bytes)?, FormatOptions::default()).map_err(fault)?;
    let parameters = parameters(&reader)?;
    let options = AudioDecoderOptions::default();
    let mut decoder = MpaDecoder::try_new(&parameters, &options).map_err(fault)?;
    decode(reader, &mut decoder, limits)
}

/// The bytes behind an ID3v2 tag: "ID3", version, flags, and the size in four times 7 bits.
fn after_tag(bytes: &[u8]) -> Result<&[u8]> {
    if !bytes.starts_with(b"ID3") {
        return Ok(bytes);
    }
    let cut = || corrupt("the tag is longer than the file: it was cut off, copy it again");
    let header = bytes.get(..10).ok_or_else(cut)?;
    let size = header[6..].iter().fold(0, |size, &byte| size << 7 | usize::from(byte & 0x7f));
    let footer = if header[5] & 0x10 == 0 { 0 } else { 10 };
    bytes.get(10 + size + footer..).ok_or_else(cut)
}

/// A source that cannot seek, so that symphonia does not guess a length where the file tells none.
fn source(bytes: &[u8]) -> Result<MediaSourceStream<'static>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len())
        .map_err(|_| Error::out_of_memory(bytes.len(), "the bytes of a sound file"))?;
    copy.extend_from_slice(bytes);
    let source = Box::new(ReadOnlySource::new(Cursor::new(copy)));
    Ok(MediaSourceStream::new(source, Default::default()))
}

fn parameters(reader: &impl FormatReader) -> Result<AudioCodecParameters> {
    match reader.tracks().first().and_then(|track| track.codec_params.clone()) {
        Some(CodecParameters::Audio(parameters)) => Ok(parameters),
        _ => Err(corrupt("expected one stream of sound, came none")),
    }
}

fn decode(
    mut reader: impl FormatReader,
    decoder: &mut impl AudioDecoder,
    limits: &Limits,
) -> Result<Clip> {
    let said = reader.tracks().first().and_then(|track| track.num_frames);
    let mut clip = Clip { rate: 0, channels: 0, samples: Vec::new() };
    let mut packet_samples: Vec<f32> = Vec::new();
    while let Some(packet) = reader.next_packet().map_err(fault)? {
        let decoded = decoder.decode(&packet).map_err(fault)?;
        let (rate, channels) = (decoded.spec().rate(), decoded.spec().channels().count());
        if clip.channels == 0 {
            (clip.rate, clip.channels) = (rate, channels);
        }
        if (rate, channels) != (clip.rate, clip.channels) || rate == 0 || channels == 0 {
            return Err(corrupt(format!(
                "expected {} channels at {} Hz to the end, came {channels} at {rate} Hz",
                clip.channels, clip.rate
            )));
        }
        let added = decoded.samples_interleaved();
        limits.check(clip.samples.len() + added, channels, rate)?;
        clip.samples
            .try_reserve(added)
            .map_err(|_| Error::out_of_memory(added * 4, "the samples of a sound file"))?;
        decoded.copy_to_vec_interleaved(&mut packet_samples);
        clip.samples.extend_from_slice(&packet_samples);
    }
    let frames = (clip.samples.len() / clip.channels.max(1)) as u64;
    match said {
        Some(said) if said != frames => Err(corrupt(format!(
            "the file says that it has {said} samples, but {frames} came: it was cut off, copy it again"
        ))),
        _ => Ok(clip),
    }
}

fn fault(fault: Fault) -> Error {
    match fault {
        Fault::IoError(_) => corrupt("ends too early: the file was cut off, copy it again"),
        Fault::Unsupported(what) => corrupt(format!("is of a kind that is not read ({what})")),
        other => corrupt(format!("is damaged ({other}): copy it again")),
    }
}
