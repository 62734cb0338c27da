"""From a folder of submissions to marks, feedback pages and the class report, inside nbgrader."""
