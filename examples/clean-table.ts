// Cleans a table of orders by hand: what is wrong is found, told of, mended, and made numbers.
import { preprocess, preprocessor } from 'attune'

const orders = {
  city: ['Oslo', 'Bergen', 'Oslo', 'Olso', 'Bergen', 'Oslo', 'Oslo', 'Bergen', null, 'Oslo'],
  price: ['12.5', '9.9', '12.5', '11', 'on request', '13', '12.5', '10.4', '9.5', '-4'],
  day: [
    '2024-03-01',
    '2024-03-02',
    '2024-03-01',
    '2024-03-04',
    '2024-03-05',
    '2024-03-06',
    '2024-03-07',
    '2024-03-08',
    '2024-03-08',
    '2024-03-09',
  ],
  bought: [true, false, true, true, false, true, true, false, false, true],
}

const { preprocessor: fitted, train } = await preprocessor(orders, {
  target: 'bought',
  steps: [
    preprocess.types({ columns: 'price' }),
    preprocess.range({ columns: 'price', min: 0 }),
    preprocess.misspelt({ columns: 'city', rare: 0.15, times: 3, distance: 2, action: 'correct' }),
    preprocess.duplicates({ action: 'report' }),
    preprocess.missing({ columns: 'price', fill: 'median', indicator: true }),
    preprocess.missing({ columns: 'city', fill: 'mostFrequent' }),
    preprocess.dates({ columns: 'day', parts: ['weekday'], cyclic: true }),
    preprocess.standard({ columns: 'price' }),
    preprocess.oneHot(),
  ],
})

console.log(train.reportText)
console.log(fitted.features.join(', '))
console.log(await fitted.apply([{ city: 'Bergen', price: 10, day: '2024-03-09' }]))
