// Writes small WAV files for tests.

/** A WAV file of 16-bit samples of one channel. */
export function wavBytes(samples: ArrayLike<number>, sampleRate: number): Buffer {
  const bytes = Buffer.alloc(44 + samples.length * 2)
  bytes.write('RIFF', 0, 'latin1')
  bytes.writeUInt32LE(36 + samples.length * 2, 4)
  bytes.write('WAVEfmt ', 8, 'latin1')
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(sampleRate, 24)
  bytes.writeUInt32LE(sampleRate * 2, 28)
  bytes.writeUInt16LE(2, 32)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36, 'latin1')
  bytes.writeUInt32LE(samples.length * 2, 40)
  for (let i = 0; i < samples.length; i++) {
    bytes.writeInt16LE(Math.round((samples[i] ?? 0) * 32_767), 44 + i * 2)
  }
  return bytes
}

/** A tone of so many samples. */
export function tone(hertz: number, samples: number, sampleRate: number): Float32Array {
  return Float32Array.from(
    { length: samples },
    (_, i) => Math.sin((2 * Math.PI * hertz * i) / sampleRate) / 2,
  )
}
