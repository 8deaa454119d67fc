"""A network that gives the same rows whatever the picture: constant-boxes.py FILE SIDE ROW...

A row is numbers with commas; one is the centres' x of all boxes, then their y, widths, heights, and each label's scores.
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../../scripts"))
from convert import onnx  # noqa: E402

path, side, rows = sys.argv[1], int(sys.argv[2]), [[float(number) for number in row.split(",")] for row in sys.argv[3:]]
shape = [1, 1, len(rows), len(rows[0])]
graph = onnx.Graph({})
nothing = graph.node("Conv", [graph.node("GlobalAveragePool", ["image"]), graph.constant("zeros", [1, 3, 1, 1], 0, 0, 0)],
                     kernel_shape=[1, 1])
result = graph.node("Add", [nothing, graph.constant("rows", shape, *(number for row in rows for number in row))])
with open(path, "wb") as file:
    file.write(graph.model(result, "constant-boxes", [1, 3, side, side], shape))
