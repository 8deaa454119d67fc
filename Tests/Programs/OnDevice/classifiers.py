"""Makes Tests/OnDeviceTests/classifiers.json: what the classifiers' own networks in PyTorch say of the pictures of crops.py.

    pip install torch torchvision efficientnet-lite-pytorch scikit-image pillow
    classifiers.py LITE0.pth DRAWING.pth >classifiers.json

Run once, with torch 2.15.0, torchvision 0.29.2 and efficientnet-lite-pytorch 0.1.0; the tests read what it wrote."""
import contextlib
import json
import sys

import numpy
import torch
import torchvision
from efficientnet_lite_pytorch import EfficientNet

from crops import crops

with contextlib.redirect_stdout(sys.stderr):
    lite = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=sys.argv[1]).eval()
drawing = torchvision.models.efficientnet_b0()
drawing.classifier[1] = torch.nn.Linear(1280, 1)
drawing.load_state_dict(torch.load(sys.argv[2], map_location="cpu"))
drawing.eval()
MEAN, DEVIATION = numpy.float32([0.485, 0.456, 0.406]), numpy.float32([0.229, 0.224, 0.225])


def run(network, pixels):
    with torch.no_grad():
        return network(torch.from_numpy(numpy.ascontiguousarray(pixels.transpose(2, 0, 1)[None], numpy.float32)))[0]


result = {}
for name, crop in crops():
    classes = torch.softmax(run(lite, (crop - numpy.float32(127)) / 128), 0)
    top = torch.topk(classes, 3).indices.tolist()
    photo = torch.sigmoid(run(drawing, (crop / numpy.float32(255) - MEAN) / DEVIATION))
    result[name] = {"classes": {str(index): round(classes[index].item(), 7) for index in top},
                    "photo": round(photo.item(), 7)}
json.dump(result, sys.stdout, indent=1)
