# Writes the small tables of the package as scikit-learn packs them, with the names of columns and classes.
import gzip
import pathlib

from sklearn import datasets

folder = pathlib.Path(__file__).parent.parent / "crates" / "data" / "embedded"


def write(name, load, target, **options):
    found = load(as_frame=True, **options)
    table = found.data.copy()
    table.columns = [column.split(" (")[0].replace(" ", "_") for column in table.columns]
    values = found.target
    table[target] = [found.target_names[i] for i in values] if "target_names" in found else values
    text = table.to_csv(index=False, lineterminator="\n").encode()
    (folder / f"{name}.csv.gz").write_bytes(gzip.compress(text, 9, mtime=0))


write("iris", datasets.load_iris, "species")
write("wine", datasets.load_wine, "cultivar")
write("breast-cancer", datasets.load_breast_cancer, "diagnosis")
write("diabetes", datasets.load_diabetes, "progression", scaled=False)
